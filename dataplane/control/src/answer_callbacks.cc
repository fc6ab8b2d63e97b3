#include <algorithm>
#include <map>

#include "dataplane/worker/worker.h"
#include "requests.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t kDefaultLimit = 20, kMaxLimit = 1000;
constexpr std::uint64_t kMinuteNs = 60'000'000'000, kSecondNs = 1'000'000'000;

/// Copies a worker's counts, some hosts at a time.
class CopyCounts final : public Job {
 public:
  CopyCounts() { copied_.reserve(CallbackCounts::kHosts); }
  bool run_slice(Worker& worker) noexcept override {
    constexpr std::size_t kASlice = 16;
    const auto hosts = worker.callbacks();
    const auto end = std::min(copied_.size() + kASlice, hosts.size());
    while (copied_.size() < end) copied_.push_back(hosts[copied_.size()]);
    return end == hosts.size();
  }
  const std::vector<HostCallbacks>& hosts() const { return copied_; }

 private:
  std::vector<HostCallbacks> copied_;
};

struct Sum {
  std::uint64_t callbacks = 0;
  std::uint64_t last_ns = 0;
};

}  // namespace

Result<Json> answer_callbacks_top(const Request& request) {
  const auto limit = number_field(request.body, "limit", kDefaultLimit, kMaxLimit);
  if (!limit) return Error{limit.error()};
  auto& dataplane = request.dataplane;
  std::map<IpAddress, Sum> sums;
  for (std::size_t i = 0; i < dataplane.workers().size(); ++i) {
    CopyCounts job;
    if (auto ran = dataplane.run(job, i); !ran) return std::move(ran).error();
    const auto minute = static_cast<std::uint32_t>(dataplane.steady_ns() / kMinuteNs);
    for (const auto& host : job.hosts()) {
      const auto recent = host.in_last_hour(minute);
      if (recent == 0) continue;
      auto& sum = sums[host.host];
      sum.callbacks += recent;
      sum.last_ns = std::max(sum.last_ns, host.last_ns);
    }
  }
  std::vector<std::pair<IpAddress, Sum>> sorted(sums.begin(), sums.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& x, const auto& y) {
    return x.second.callbacks > y.second.callbacks;
  });
  std::uint64_t total = 0;
  for (const auto& [host, sum] : sorted) total += sum.callbacks;
  if (sorted.size() > *limit) sorted.resize(*limit);
  const auto now_ns = dataplane.steady_ns();
  Json hosts = Json::array();
  for (const auto& [host, sum] : sorted)
    hosts.push_back({{"address", to_string(host)},
                     {"callbacks", sum.callbacks},
                     {"seconds_ago", (now_ns - std::min(now_ns, sum.last_ns)) / kSecondNs}});
  return Json{{"hosts", std::move(hosts)}, {"total", total}};
}

}  // namespace sekisho::dataplane
