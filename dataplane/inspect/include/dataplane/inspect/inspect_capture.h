#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "engines/conversation/inspector.h"

namespace sekisho::dataplane {

struct InspectOptions {
  std::string capture;              // any file libpcap reads; "-" is standard input
  std::string log_dir;              // eve.json is written here; created when absent
  std::vector<std::byte> snapshot;  // the compiled policy
  bool check_checksums =
      false;  // captures of a sending host carry checksums that its NIC had yet to fill in
  /// No policy but the IPS rules: packets are read as an IDS does (DecodeOptions::for_detection).
  bool rules_only = false;
  std::uint32_t flow_capacity = 262'144;
  /// Streams, protocols and the IPS; none: flows only.
  std::optional<engines::InspectorConfig> content{};
  const engines::ips::Ruleset* rules = nullptr;   // with `content`; outlives the call
  std::optional<std::uint16_t> community_seed{};  // records carry a community_id of this seed
  /// That are written, and stats; empty: all but netflow.
  std::vector<std::string> event_types{};
  bool record_ethernet = true;
  bool record_every_drop = true;  // false: of a dropped flow one packet each way
  bool short_ipv6 = false;        // addresses as RFC 5952 has them
};

struct InspectSummary {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t cut_short = 0;  // longer than 65,407 bytes: the decoder saw the first part
  std::uint64_t dropped = 0;
  std::uint64_t flows = 0;
  std::uint64_t alerts = 0;
  double seconds = 0;   // of this machine's time
  std::string problem;  // why reading stopped before the file's end; empty: it did not
};

/// Drives a capture through the very worker that the packet process runs, with the capture's clock,
/// and writes EVE with a closing `stats` record whose decoder.pkts is the number of packets read.
/// Needs an initialised EAL (init_eal_for_captures).
Result<InspectSummary> inspect_capture(InspectOptions options);

/// A minimal EAL: no huge pages, no devices, one core.
Status init_eal_for_captures();

}  // namespace sekisho::dataplane
