#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "config/events/drop_reason.h"

namespace sekisho::dataplane {

/// What one worker counts. Plain words written by that worker only; the control thread reads them
/// relaxed. Names in map(): Suricata's where it has one.
struct Counters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bursts = 0;
  std::uint64_t empty_polls = 0;
  std::uint64_t busy_cycles = 0;
  std::array<std::uint64_t, 6> by_kind{};    // PacketKind
  std::array<std::uint64_t, 2> by_family{};  // [0] IPv6, [1] IPv4
  std::array<std::uint64_t, 256> by_protocol{};
  std::uint64_t vlan = 0;
  std::uint64_t vlan_qinq = 0;
  std::uint64_t tunneled = 0;
  std::array<std::uint64_t, kDropReasons> dropped{};
  std::array<std::uint64_t, kDropReasons> anomalies{};  // odd, and passed all the same
  std::uint64_t flows_opened = 0;
  std::uint64_t flows_tcp = 0;
  std::uint64_t flows_udp = 0;
  std::uint64_t flows_icmp = 0;
  std::uint64_t flows_evicted = 0;
  std::uint64_t flows_expected = 0;
  std::uint64_t judgements = 0;
  std::uint64_t rejudgements = 0;
  std::uint64_t tentative = 0;
  std::uint64_t resets_sent = 0;
  std::uint64_t forwarded = 0;
  std::uint64_t fqdn_learned = 0;
  std::uint64_t tap_lost = 0;
  std::uint64_t anomalies_unreported = 0;

  /// Adds this worker's counts to `sum` under dotted names: "decoder.pkts", "flow.total",
  /// "drop.policy_block", ...
  void add_to(std::map<std::string, std::uint64_t>& sum) const;
};

}  // namespace sekisho::dataplane
