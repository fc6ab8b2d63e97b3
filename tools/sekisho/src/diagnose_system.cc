#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "diagnose.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools {
namespace {

constexpr double kFullPercent = 90;
constexpr double kLeastAvailablePercent = 10;
constexpr double kStealPercent = 5;  // what a hypervisor may take before packets wait visibly
constexpr std::chrono::milliseconds kSample{200};

double percent(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

/// The folder of the events, where the gateway writes most.
std::string log_dir(Context& context) {
  const auto answer =
      context.gateway->request(Peer::control, {{"op", "status"}}, std::chrono::seconds(2));
  const auto* reply = std::get_if<nlohmann::json>(&answer);
  if (reply == nullptr) return "/var/log/sekisho";
  const auto file = View(*reply, "status").object("events").text_or_empty("file");
  return std::filesystem::path(file).parent_path().string();
}

std::optional<Finding> disk_finding(const std::string& path) {
  struct statvfs facts {};
  if (path.empty() || statvfs(path.c_str(), &facts) != 0 || facts.f_blocks == 0)
    return std::nullopt;
  const auto block = static_cast<std::uint64_t>(facts.f_frsize);
  const auto usable = facts.f_blocks - facts.f_bfree + facts.f_bavail;
  const double used =
      percent(static_cast<double>(facts.f_blocks - facts.f_bfree), static_cast<double>(usable));
  const double inodes = percent(static_cast<double>(facts.f_files - facts.f_ffree),
                                static_cast<double>(facts.f_files));
  Finding finding{"disk " + path, used < kFullPercent && inodes < kFullPercent, "", {}};
  finding.text = fmt::format("{:.0f} % used, {} free, {:.0f} % of the inodes used", used,
                             show_bytes(facts.f_bavail * block), inodes);
  finding.numbers = {{"used_percent", used},
                     {"free_bytes", facts.f_bavail * block},
                     {"inodes_used_percent", inodes}};
  return finding;
}

/// "MemTotal:  24611204 kB" lines by name.
std::map<std::string, std::uint64_t> read_meminfo(const std::filesystem::path& root) {
  std::ifstream file(root / "proc/meminfo");
  std::map<std::string, std::uint64_t> values;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    std::uint64_t value = 0;
    if (words >> name >> value && name.ends_with(':'))
      values[name.substr(0, name.size() - 1)] = value;
  }
  return values;
}

/// Ticks of one core by what they went to.
struct CoreTicks {
  std::uint64_t busy = 0;
  std::uint64_t steal = 0;
  std::uint64_t total = 0;
};

std::map<std::string, CoreTicks> read_ticks(const std::filesystem::path& root) {
  std::ifstream file(root / "proc/stat");
  std::map<std::string, CoreTicks> cores;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (!name.starts_with("cpu") || name == "cpu") continue;
    // user nice system idle iowait irq softirq steal (proc(5))
    std::uint64_t ticks[8] = {};
    CoreTicks core;
    for (auto& tick : ticks) {
      words >> tick;
      core.total += tick;
    }
    core.steal = ticks[7];
    core.busy = core.total - ticks[3] - ticks[4] - core.steal;
    cores[name.substr(3)] = core;
  }
  return cores;
}

std::set<std::string> worker_cores(Context& context) {
  const auto answer =
      context.gateway->request(Peer::dataplane, {{"op", "status"}}, std::chrono::seconds(2));
  std::set<std::string> cores;
  if (const auto* reply = std::get_if<nlohmann::json>(&answer))
    for (const auto& worker : View(*reply, "status").list("workers"))
      cores.insert(worker.text("core"));
  return cores;
}

Finding load_finding(Context& context, std::size_t cores, std::size_t workers) {
  std::ifstream file(context.host.root / "proc/loadavg");
  double load = 0;
  file >> load;
  // Polling workers always count as one each; the others must share what is left.
  const double rest = load - static_cast<double>(workers);
  Finding finding{"load", rest <= static_cast<double>(cores), "", {}};
  finding.text = fmt::format("{:.2f} on {} cores, {} of it polling workers", load, cores, workers);
  finding.numbers = {{"load_1min", load}, {"cores", cores}, {"workers", workers}};
  return finding;
}

}  // namespace

Findings diagnose_time() {
  timex clock{};
  const int state = adjtimex(&clock);
  const bool synchronised = state >= 0 && state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
  Finding finding{"clock", synchronised, "", {}};
  const double max_error_ms = static_cast<double>(clock.maxerror) / 1000;
  finding.text = synchronised ? fmt::format("synchronised, at most {:.1f} ms off", max_error_ms)
                              : "not synchronised: schedules and time stamps may be wrong";
  finding.text += ", now " + show_time(std::time(nullptr));
  finding.numbers = {{"synchronised", synchronised}, {"max_error_ms", max_error_ms}};
  return {finding};
}

Findings diagnose_disk(Context& context) {
  Findings findings;
  for (const auto& path : {std::string("/"), log_dir(context), std::string("/var/lib/sekisho")})
    if (auto finding = disk_finding(path)) findings.push_back(std::move(*finding));
  return findings;
}

Findings diagnose_memory(Context& context) {
  const auto values = read_meminfo(context.host.root);
  const auto value = [&](const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? 0 : found->second;
  };
  const auto total = value("MemTotal") * 1024;
  const auto available = value("MemAvailable") * 1024;
  const double share = percent(static_cast<double>(available), static_cast<double>(total));
  Finding memory{"memory", total > 0 && share >= kLeastAvailablePercent, "", {}};
  memory.text =
      fmt::format("{} of {} available ({:.0f} %)", show_bytes(available), show_bytes(total), share);
  memory.numbers = {{"total_bytes", total}, {"available_bytes", available}};
  // None is well too: the dataplane then runs with ordinary pages.
  Finding huge{"huge pages", true, "", {}};
  huge.text = fmt::format("{} of {} free, {} each", value("HugePages_Free"),
                          value("HugePages_Total"), show_bytes(value("Hugepagesize") * 1024));
  huge.numbers = {{"total", value("HugePages_Total")}, {"free", value("HugePages_Free")}};
  return {memory, huge};
}

Findings diagnose_cores(Context& context) {
  const auto before = read_ticks(context.host.root);
  std::this_thread::sleep_for(kSample);
  const auto after = read_ticks(context.host.root);
  const auto workers = worker_cores(context);
  Findings findings{load_finding(context, after.size(), workers.size())};
  for (const auto& [name, now] : after) {
    const auto found = before.find(name);
    const auto then = found == before.end() ? CoreTicks{} : found->second;
    const auto total = static_cast<double>(now.total - then.total);
    const double busy = percent(static_cast<double>(now.busy - then.busy), total);
    const double steal = percent(static_cast<double>(now.steal - then.steal), total);
    const bool polls = workers.contains(name);
    Finding finding{"core " + name, steal < kStealPercent, "", {}};
    finding.text = fmt::format("{:.0f} % busy, {:.0f} % taken by the hypervisor{}", busy, steal,
                               polls ? ", a polling worker" : "");
    finding.numbers = {{"busy_percent", busy}, {"steal_percent", steal}, {"worker", polls}};
    findings.push_back(std::move(finding));
  }
  return findings;
}

nlohmann::json to_json(const Findings& findings) {
  auto list = nlohmann::json::array();
  for (const auto& finding : findings)
    list.push_back({{"check", finding.check},
                    {"verdict", finding.ok ? "ok" : "warn"},
                    {"text", finding.text},
                    {"numbers", finding.numbers}});
  return list;
}

}  // namespace sekisho::tools
