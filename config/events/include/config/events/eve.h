#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "config/events/event.h"

namespace sekisho::events {

/// Puts names to the numbers of a record.
struct EveNames {
  /// Name of rule `rule` of policy `serial`, or empty.
  std::function<std::string(std::uint32_t serial, RuleNumber rule)> rule;
  /// Name of an ApplicationId, or empty.
  std::function<std::string(std::uint16_t application)> application;
  /// Name of a port by index ("lan0"), or empty.
  std::function<std::string(std::uint8_t port)> port;
  /// Version of the console's bundle that policy `serial` came in; 0: it came in none.
  std::function<std::uint64_t(std::uint32_t serial)> bundle_version{};
};

/// One EVE JSON line without the newline: Suricata's field names for flow, drop, anomaly and stats;
/// ours (`policy`, `app`) beside them. As Suricata does: time stamps in local time with offset,
/// IPv6 addresses in full; a drop record's src and dest are the dropped packet's own, every other
/// record's the flow's. A record with impossible numbers gives a line that says "unknown".
std::string to_eve(const EventRecord& record, const EveNames& names);

/// A `stats` record. `counters` are dotted names ("decoder.pkts", "drop.policy_block"); dots nest,
/// so no name may continue another one behind a dot.
std::string stats_to_eve(std::uint64_t time_ns, std::uint64_t uptime_seconds,
                         const std::map<std::string, std::uint64_t>& counters);

/// A record of our own, event type `policy_change`: `what` is "applied", "rolled_back", "refused".
/// Empty texts are left out.
std::string policy_change_to_eve(std::uint64_t time_ns, std::string_view what, std::uint32_t serial,
                                 std::string_view content_address, std::string_view detail);

}  // namespace sekisho::events
