#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "controlplane/agent/dataplane_client.h"
#include "controlplane/agent/event_log.h"
#include "controlplane/agent/policy_service.h"

namespace sekisho::controlplane {

/// Looks at the dataplane every second: whether it is there, runs the current policy, and what it
/// has counted (the `stats` records).
class DataplaneWatch {
 public:
  /// `answered`: called whenever the dataplane answers; `restarted`: when another one than before
  /// does.
  DataplaneWatch(const DataplaneClient& dataplane, PolicyService& policy, EventLog& log,
                 std::chrono::seconds stats_interval,
                 std::function<void(const DataplaneState&)> answered,
                 std::function<void()> restarted)
      : dataplane_(dataplane),
        policy_(policy),
        log_(log),
        stats_interval_(stats_interval),
        answered_(std::move(answered)),
        restarted_(std::move(restarted)) {}

  /// One thread.
  void run(const std::stop_token& stop);
  bool is_up() const { return up_.load(std::memory_order_relaxed); }

 private:
  using Clock = std::chrono::steady_clock;
  void look();
  void align(const DataplaneState& state);
  void write_stats(std::uint64_t uptime_seconds);

  const DataplaneClient& dataplane_;
  PolicyService& policy_;
  EventLog& log_;
  const std::chrono::seconds stats_interval_;
  std::function<void(const DataplaneState&)> answered_;
  std::function<void()> restarted_;
  std::string boot_id_;
  Clock::time_point next_align_;
  Clock::time_point next_stats_;
  std::atomic<bool> up_{false};
};

}  // namespace sekisho::controlplane
