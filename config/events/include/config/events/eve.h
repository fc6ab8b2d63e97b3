#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/events/event.h"

namespace sekisho::events {

/// Who is behind an address.
struct EveUser {
  std::string name;
  std::vector<std::string> groups;
};

/// Puts names to the numbers of a record.
struct EveNames {
  /// Name of rule `rule` of policy `serial`, or empty; the one behind the last is the block list.
  std::function<std::string(std::uint32_t serial, RuleNumber rule)> rule;
  /// Name of an ApplicationId, or empty.
  std::function<std::string(std::uint16_t application)> application;
  /// Name of an ApplicationId's category, or empty.
  std::function<std::string(std::uint16_t application)> application_category{};
  /// Names of what an ApplicationId is part of, the nearest first; empty: of nothing.
  std::function<std::vector<std::string>(std::uint16_t application)> application_part_of{};
  /// Name of a FunctionId, or empty.
  std::function<std::string(std::uint8_t function)> application_function{};
  /// Name of a port by index ("lan0"), or empty.
  std::function<std::string(std::uint8_t port)> port;
  /// Name of an application protocol (rules::Protocol) as app_proto has it, or empty.
  std::function<std::string(std::uint8_t protocol)> app_protocol{};
  /// The flow's Community ID, or empty.
  std::function<std::string(const EventTuple& tuple)> community_id{};
  /// Version of the console's bundle that policy `serial` came in; 0: it came in none.
  std::function<std::uint64_t(std::uint32_t serial)> bundle_version{};
  /// Name of a URL category, or empty.
  std::function<std::string(std::uint16_t category)> url_category{};
  /// Name of a URL category (OwnCategories) of policy `serial`, or empty.
  std::function<std::string(std::uint32_t serial, std::uint16_t category)> own_url_category{};
  /// Name, or category, of an application (OwnApplication) of policy `serial`, or empty.
  std::function<std::string(std::uint32_t serial, std::uint16_t application)> own_application{};
  std::function<std::string(std::uint32_t serial, std::uint16_t application)>
      own_application_category{};
  /// Who stands behind EventRecord::user under policy `serial`; an empty name: not known.
  std::function<EveUser(std::uint32_t serial, std::uint32_t user)> user{};
  bool ethernet = true;     // records have `ether`
  bool short_ipv6 = false;  // RFC 5952 in place of addresses in full
};

/// One EVE JSON line without the newline: Suricata's field names for flow, drop, anomaly and stats;
/// ours (`policy`, `app`) beside them. As Suricata does: time stamps in local time with offset,
/// IPv6 addresses in full; a drop record's src and dest are the dropped packet's own, every other
/// record's the flow's. A record with impossible numbers gives a line that says "unknown".
std::string to_eve(const EventRecord& record, const EveNames& names);

/// The line of the first event of `records`: a record, or a text or policy record with its
/// continuations; its
/// number of records in `taken` (at least 1). A text that is cut short, or no JSON, gives a line
/// that says so.
struct EveLine {
  std::string line;
  std::size_t taken = 1;
};
EveLine next_eve(std::span<const EventRecord> records, const EveNames& names);

/// Both directions of a flow record as `netflow` lines, each with a newline, the second only when
/// something came that way; nothing of any other record.
std::string netflow_to_eve(const EventRecord& record, const EveNames& names);

/// How many records the event that begins with `first` has.
std::size_t num_records(const EventRecord& first) noexcept;

/// A `stats` record. `counters` are dotted names ("decoder.pkts", "drop.policy_block"); dots nest,
/// so no name may continue another one behind a dot.
std::string stats_to_eve(std::uint64_t time_ns, std::uint64_t uptime_seconds,
                         const std::map<std::string, std::uint64_t>& counters);

/// A record of our own, event type `policy_change`: `what` is "applied", "rolled_back", "refused".
/// Empty texts are left out.
std::string policy_change_to_eve(std::uint64_t time_ns, std::string_view what, std::uint32_t serial,
                                 std::string_view content_address, std::string_view detail);

/// A record of our own, of type `event_type`, with the JSON members `members` ("\"x\":{...}").
std::string own_to_eve(std::uint64_t time_ns, std::string_view event_type,
                       std::string_view members);
/// `what`: "stale" (what the box has of `kind`, as databases are named, is older than it may be) or
/// "fresh" (it no longer is).
std::string content_age_to_eve(std::uint64_t time_ns, std::string_view what, std::string_view kind,
                               std::uint64_t age_seconds, std::uint64_t max_age_seconds);

}  // namespace sekisho::events
