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
};

/// One EVE JSON line without the newline: Suricata's field names for flow, drop, anomaly and stats;
/// ours (`policy`, `app`) beside them. Time stamps in local time with offset, as Suricata writes
/// them.
std::string to_eve(const EventRecord& record, const EveNames& names);

/// A `stats` record. `counters` are dotted names ("decoder.pkts", "drop.policy_block"); dots nest.
std::string stats_to_eve(std::uint64_t time_ns, std::uint64_t uptime_seconds,
                         const std::map<std::string, std::uint64_t>& counters);

/// A `policy` life-cycle record of our own: applied, rolled back, refused.
std::string policy_change_to_eve(std::uint64_t time_ns, std::string_view what, std::uint32_t serial,
                                 std::string_view content_address, std::string_view detail);

}  // namespace sekisho::events
