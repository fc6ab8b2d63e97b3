#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

#include <array>
#include <chrono>
#include <fstream>
#include <set>
#include <sstream>

#include "config/base/address.h"
#include "diagnose.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools {
namespace {

constexpr double kLossPercent = 0.01;  // of the packets received
constexpr std::chrono::milliseconds kSlowAnswer{1000};

Finding port_finding(const View& port) {
  const auto received = port.count_or_zero("rx_packets");
  const auto lost = port.count_or_zero("rx_missed") + port.count_or_zero("rx_errors") +
                    port.count_or_zero("tx_errors");
  const double share = received + lost == 0
                           ? 0
                           : 100 * static_cast<double>(lost) /
                                 (static_cast<double>(received) + static_cast<double>(lost));
  const auto link = port.text("link");
  Finding finding{"port " + port.text("name"), link == "up" && share < kLossPercent, "", {}};
  finding.text = fmt::format("link {}, {} packets received, {} lost or broken ({:.3f} %)", link,
                             show(received), show(lost), share);
  finding.numbers = {{"link", link}, {"rx_packets", received}, {"lost", lost}};
  return finding;
}

std::string first_word(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

/// The kernel's own interfaces: management, and ports that the dataplane took by AF_PACKET.
Findings kernel_findings(const std::filesystem::path& root) {
  Findings findings;
  std::error_code problem;
  std::set<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(root / "sys/class/net", problem))
    folders.insert(entry.path());
  for (const auto& folder : folders) {
    const auto name = folder.filename().string();
    if (name == "lo" || !std::filesystem::is_directory(folder, problem)) continue;
    const auto state = first_word(folder / "operstate");
    const auto errors = parse_number(first_word(folder / "statistics/rx_errors")).value_or(0) +
                        parse_number(first_word(folder / "statistics/tx_errors")).value_or(0);
    Finding finding{"interface " + name, errors == 0, "", {}};
    finding.text = fmt::format("{}, {} errors", printable(state), show(errors));
    finding.numbers = {{"state", printable(state)}, {"errors", errors}};
    findings.push_back(std::move(finding));
  }
  return findings;
}

Finding resolver_finding(const std::filesystem::path& root) {
  std::ifstream file(root / "etc/resolv.conf");
  std::string servers;
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string keyword;
    std::string server;
    if (!(words >> keyword >> server) || keyword != "nameserver") continue;
    servers += (count++ == 0 ? "" : ", ") + printable(server);
  }
  return {"dns resolvers",
          count > 0,
          count > 0 ? servers : "none in /etc/resolv.conf",
          {{"resolvers", count}}};
}

/// Every address of a getaddrinfo answer, each once.
std::string addresses_of(const addrinfo* list) {
  std::set<std::string> texts;
  for (const auto* one = list; one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) == 0)
      texts.insert(text.data());
  }
  std::string joined;
  for (const auto& text : texts) joined += (joined.empty() ? "" : ", ") + text;
  return joined;
}

Finding lookup_finding(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const auto begin = std::chrono::steady_clock::now();
  const int result = getaddrinfo(name.c_str(), nullptr, &hints, &list);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  Finding finding{"dns " + printable(name), result == 0 && took < kSlowAnswer, "", {}};
  finding.text = fmt::format("{} in {} ms", result == 0 ? addresses_of(list) : gai_strerror(result),
                             took.count());
  finding.numbers = {{"resolved", result == 0}, {"milliseconds", took.count()}};
  if (list != nullptr) freeaddrinfo(list);
  return finding;
}

}  // namespace

Findings diagnose_interfaces(Context& context) {
  Findings findings;
  const auto answer =
      context.gateway->request(Peer::dataplane, {{"op", "ports"}}, std::chrono::seconds(2));
  if (const auto* failure = std::get_if<Failure>(&answer)) {
    findings.push_back({"ports", false, failure->message, {}});
  } else {
    for (const auto& port : View(std::get<nlohmann::json>(answer), "ports").list("ports"))
      findings.push_back(port_finding(port));
  }
  for (auto& finding : kernel_findings(context.host.root)) findings.push_back(std::move(finding));
  return findings;
}

Findings diagnose_dns(Context& context, const std::string& name) {
  Findings findings{resolver_finding(context.host.root)};
  if (!name.empty()) findings.push_back(lookup_finding(name));
  return findings;
}

}  // namespace sekisho::tools
