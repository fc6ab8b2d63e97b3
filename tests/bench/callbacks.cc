// The detectors of engines/callback: what they find of what malware does (made up: names of DGA
// families, beacons with jitter), and how often they are wrong (real names that the model was not
// made of; the captures of ../shared/conformance/app through the very worker, or where the
// environment's SEKISHO_SHARED says). Everything at the default sensitivity.
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "controlplane/compiler/compile_policy.h"
#include "dataplane/inspect/inspect_capture.h"
#include "engines/callback/beacon_detector.h"
#include "engines/callback/dga_detector.h"
#include "engines/callback/name_score.h"
#include "tests/callbacks/dga_families.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines::callback;

constexpr std::string_view kPolicy =
    "version: 1\nprofiles: [{name: p, callbacks: {enabled: true}}]\n"
    "rules: [{name: all, action: allow, log: false, profile: p}]\n";
/// Captures of tunnels and malware: what is told of them is right.
const std::set<std::string> kBad{"dns-exf", "dns-tunnel-iodine", "dns2tcp_tunnel",
                                 "dns_exfiltration", "malware"};

std::filesystem::path shared() {
  const char* const elsewhere = std::getenv("SEKISHO_SHARED");
  return elsewhere != nullptr ? elsewhere : SEKISHO_SHARED_FOLDER;
}

/// The fifth of the names that generator/make_name_model.py leaves out.
bool is_held_out(std::string_view label) {
  return crc32(0, reinterpret_cast<const Bytef*>(label.data()), static_cast<uInt>(label.size())) %
             5 ==
         0;
}

std::vector<std::string> held_out_names() {
  std::set<std::string> names;
  for (const auto* category :
       {"bank", "press", "shopping", "games", "jobsearch", "blog", "download", "sports"}) {
    std::ifstream file(shared() / "content/urls/ut1" / category / "domains");
    for (std::string name; std::getline(file, name);) {
      const auto label = chosen_label(name);
      if (label.size() >= 4 && is_held_out(label))
        names.insert(std::string(registered_domain(name)));
    }
  }
  return {names.begin(), names.end()};
}

bool is_odd(std::string_view name) {
  const auto oddity = name_oddity(chosen_label(name));
  return oddity && *oddity >= kMachineMade;
}

struct NameRates {
  double recall = 0, precision = 0, false_rate = 0;
};

/// Single names: of as many made ones as real ones.
NameRates measure_names(std::mt19937_64& random, const std::vector<std::string>& real) {
  constexpr int kEach = 5000;
  double sum = 0;
  int families = 0;
  for (const auto& family : tests::dga_families()) {
    int odd = 0;
    for (int i = 0; i < kEach; ++i) odd += is_odd(family.make(random));
    const double recall = double(odd) / kEach;
    std::printf("names: found of %-12s           %8.1f %%%s\n", std::string(family.name).c_str(),
                100 * recall, family.of_words ? " (of words: cannot be told by letters)" : "");
    if (family.of_words) continue;
    sum += recall;
    ++families;
  }
  NameRates rates;
  rates.recall = sum / families;
  const auto wrong = std::count_if(real.begin(), real.end(), is_odd);
  rates.false_rate = real.empty() ? 0 : double(wrong) / double(real.size());
  rates.precision = rates.recall / (rates.recall + rates.false_rate);
  std::printf("names: wrong of %zu held-out real ones %6.1f %%, precision %.1f %%\n", real.size(),
              100 * rates.false_rate, 100 * rates.precision);
  return rates;
}

/// Hosts that ask for 40 names that do not resolve, of one family each; and as many whose real
/// names do not, as behind a resolver that is cut off. The share of hosts that are told.
double told_hosts(std::mt19937_64& random, const std::function<std::string()>& name) {
  constexpr std::uint32_t kHosts = 500, kNames = 40;
  DgaDetector detector(random());
  std::uint32_t told = 0;
  for (std::uint32_t host = 0; host < kHosts; ++host) {
    bool found = false;
    for (std::uint32_t i = 0; i < kNames; ++i)
      found |=
          detector.add_unresolved(IpAddress::from_v4(host), name(), Sensitivity::medium, 100 + i)
              .has_value();
    told += found ? 1 : 0;
  }
  return double(told) / kHosts;
}

/// Share of beacons with `jitter` that are found within ten periods.
double found_beacons(std::mt19937_64& random, double jitter) {
  constexpr int kBeacons = 2000, kCalls = 11;
  std::uniform_real_distribution<double> spread(1 - jitter, 1 + jitter), padding(0.9, 1.1);
  std::uniform_real_distribution<double> period(8, 3600);
  int found = 0;
  for (int i = 0; i < kBeacons; ++i) {
    BeaconDetector detector(random());
    const BeaconPeer peer{.client = IpAddress::from_v4(1),
                          .server = IpAddress::from_v4(2),
                          .port = 443,
                          .ip_protocol = 6};
    const double period_s = period(random);
    double at_s = 100;
    bool told = false;
    for (int call = 0; call < kCalls; ++call, at_s += period_s * spread(random))
      told |= detector
                  .add_call(peer, static_cast<std::uint64_t>(at_s * 1000),
                            static_cast<std::uint64_t>(900 * padding(random)), Sensitivity::medium)
                  .has_value();
    found += told;
  }
  return double(found) / kBeacons;
}

struct CaptureRates {
  std::uint64_t flows = 0, alarms = 0;
  std::size_t captures = 0, bad = 0, bad_told = 0;
};

std::uint64_t callbacks_in(const std::filesystem::path& eve) {
  std::uint64_t count = 0;
  std::ifstream file(eve);
  for (std::string line; std::getline(file, line);) {
    if (line.find("\"event_type\":\"callback\"") == line.npos) continue;
    ++count;
    std::printf("  %s\n", line.substr(line.find("\"callback\":")).c_str());
  }
  return count;
}

CaptureRates inspect_captures(const std::vector<std::byte>& snapshot) {
  CaptureRates rates;
  const auto log =
      std::filesystem::temp_directory_path() / ("callbacks-" + std::to_string(getpid()));
  const auto folder = shared() / "conformance/app/open/cases";
  if (!std::filesystem::exists(folder)) return rates;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    const auto extension = file.path().extension();
    if (extension != ".pcap" && extension != ".pcapng" && extension != ".cap") continue;
    const auto name = file.path().parent_path().filename().string();
    dataplane::InspectOptions options{.capture = file.path().string(),
                                      .log_dir = log.string(),
                                      .snapshot = snapshot,
                                      .flow_capacity = 65'536,
                                      .event_types = {"callback"}};
    options.content.emplace();
    options.content->memory_bytes = std::size_t{64} << 20;
    const auto summary = dataplane::inspect_capture(std::move(options));
    if (!summary) continue;  // of a link that carries no IP
    const auto told = callbacks_in(log / "eve.json");
    if (told != 0)
      std::printf("captures: %s: %llu told\n", name.c_str(), static_cast<unsigned long long>(told));
    ++rates.captures;
    if (kBad.contains(name)) {
      ++rates.bad;
      rates.bad_told += told != 0;
      continue;
    }
    rates.flows += summary->flows;
    rates.alarms += told;
  }
  std::filesystem::remove_all(log);
  return rates;
}

int run() {
  std::mt19937_64 random(20'261'122);
  const auto real = held_out_names();
  const auto names = measure_names(random, real);
  double hosts = 0;
  int families = 0;
  for (const auto& family : tests::dga_families()) {
    const double told = told_hosts(random, [&] { return family.make(random); });
    std::printf("hosts: told of those with %-12s %8.1f %%\n", std::string(family.name).c_str(),
                100 * told);
    if (!family.of_words) hosts += told, ++families;
  }
  hosts /= families;
  const double cut_off =
      real.empty() ? 0 : told_hosts(random, [&] { return real[random() % real.size()]; });
  std::printf("hosts: told of those cut off          %8.2f %%\n", 100 * cut_off);
  const double beacons = found_beacons(random, 0.3);
  std::printf("beacons: found with 30 %% jitter       %8.1f %%\n", 100 * beacons);
  std::printf("beacons: found with 10 %% jitter       %8.1f %%\n",
              100 * found_beacons(random, 0.1));
  auto compiled = controlplane::compile_policy(kPolicy, nullptr);
  const auto captures = inspect_captures(std::get<controlplane::CompiledPolicy>(compiled).snapshot);
  const double rate =
      captures.flows == 0 ? 0 : 10'000.0 * double(captures.alarms) / double(captures.flows);
  std::printf(
      "captures: %zu, %llu flows of benign ones, %llu false alarms (%.2f per 10,000); %zu of %zu "
      "bad ones told\n",
      captures.captures, static_cast<unsigned long long>(captures.flows),
      static_cast<unsigned long long>(captures.alarms), rate, captures.bad_told, captures.bad);
  std::printf(
      "{\"dga_name_recall\": %.4f, \"dga_name_precision\": %.4f, \"dga_name_false_rate\": %.4f, "
      "\"dga_host_recall\": %.4f, \"dga_host_false_rate\": %.4f, \"beacon_found\": %.4f, "
      "\"false_alarms_per_10k_flows\": %.3f, \"benign_flows\": %llu}\n",
      names.recall, names.precision, names.false_rate, hosts, cut_off, beacons, rate,
      static_cast<unsigned long long>(captures.flows));
  return 0;
}

}  // namespace

int main() try {
  if (const auto begun = dataplane::init_eal_for_captures(); !begun)
    throw std::runtime_error(begun.error().message);
  return run();
} catch (const std::exception& problem) {
  std::fprintf(stderr, "bench_callbacks: %s\n", problem.what());
  return 1;
}
