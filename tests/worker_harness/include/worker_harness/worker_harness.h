#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/events/event_ring.h"
#include "dataplane/loader/policy_snapshot.h"
#include "dataplane/worker/worker.h"
#include "rules/geo/geo_database.h"
#include "worker_harness/eal.h"
#include "worker_harness/recording_io.h"

namespace sekisho::tests {

/// Ports of the one segment that a harness has.
inline constexpr std::uint8_t kLanPort = 0;
inline constexpr std::uint8_t kWanPort = 1;

/// The snapshot of a policy, as the gateway's compiler makes it. Throws std::runtime_error with
/// every mistake in the text.
std::vector<std::byte> compile_snapshot(std::string_view yaml,
                                        const rules::GeoDatabase* geo = nullptr);

struct HarnessOptions {
  std::uint32_t flow_capacity = 4096;
  std::size_t learned_capacity = 65536;
  std::size_t event_records = 4096;  // a power of two
  dataplane::FlowTimeouts timeouts;
  dataplane::DecodeOptions decode;
  dataplane::LinkType link = dataplane::LinkType::ethernet;
  std::optional<engines::InspectorConfig> content{};  // none: no streams, protocols, IPS
  bool captures_alerts = false;
  reputation::Exchange* reputations = nullptr;
  dataplane::LentIo* lent = nullptr;  // `io` itself, where it is one
};

/// One worker between a LAN and a WAN port, with a clock that its owner sets. Calls come from one
/// thread, unless the owner runs the worker on a thread of its own and publishes through shared()
/// itself. Throws std::runtime_error where the parts report an error.
class WorkerHarness {
 public:
  explicit WorkerHarness(dataplane::FrameIo& io, const HarnessOptions& options = {});

  /// Replaces the policy between two iterations, as the control thread does.
  void publish(std::string_view yaml, const rules::GeoDatabase* geo = nullptr) {
    publish_snapshot(compile_snapshot(yaml, geo));
  }
  void publish_snapshot(std::vector<std::byte> snapshot) {
    publish_policy(load(std::move(snapshot)));
  }
  /// Likewise, with these IPS rules, which outlive the harness; `content` must be set.
  void publish_with_rules(std::string_view yaml, const engines::ips::Ruleset& rules);
  void publish_policy(std::unique_ptr<dataplane::PolicySnapshot> next);
  /// A policy ready for shared().policies, with the next load number.
  std::unique_ptr<dataplane::PolicySnapshot> load(std::vector<std::byte> snapshot);
  /// What was published last; null before.
  dataplane::PolicySnapshot* policy() noexcept { return shared_.policies.latest().policy.get(); }

  std::uint64_t now_ns() const noexcept { return now_ns_; }
  void advance_ns(std::uint64_t ns) noexcept { now_ns_ += ns; }
  void advance_seconds(std::uint64_t seconds) noexcept { now_ns_ += seconds * 1'000'000'000; }

  /// One iteration at the present time.
  bool poll() noexcept { return worker_->poll_once(now_ns_); }
  /// Until there is nothing more to receive.
  void poll_all() noexcept {
    while (poll()) {
    }
  }

  /// The events since the last call, oldest first.
  std::vector<events::EventRecord> take_events();
  /// Empties the ring without reading it.
  void drop_events() noexcept;
  /// The worker's counters under the names of its statistics.
  std::map<std::string, std::uint64_t> counters() const;

  dataplane::Worker& worker() noexcept { return *worker_; }
  dataplane::Shared& shared() noexcept { return shared_; }

 private:
  dataplane::Shared shared_;
  events::EventRingHeader ring_header_;
  std::vector<events::EventRecord> ring_records_;
  events::EventRing ring_;
  std::unique_ptr<dataplane::Worker> worker_;
  std::uint64_t now_ns_ = 3'600'000'000'000;  // an hour, as in the dataplane
  std::uint32_t loads_ = 0;
  bool has_reputations_ = false;
};

}  // namespace sekisho::tests
