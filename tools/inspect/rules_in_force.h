#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/base/aligned_bytes.h"
#include "config/base/result.h"
#include "engines/conversation/inspector.h"
#include "engines/ips/ips.h"

namespace sekisho::tools {

/// What `sekisho inspect` was asked to look for, and how.
struct ContentOptions {
  std::vector<std::string> rule_files;
  std::string threshold_file;
  std::string settings_file;                                   // JSON: see read_settings()
  std::vector<std::pair<std::string, std::string>> variables;  // "HOME_NET", "[10.0.0.0/8]"
  std::vector<std::string> data_folders;
  std::string reputation_categories;  // files
  std::vector<std::string> reputation_lists;
  std::string mode = "ids";
  bool midstream = false;
  bool async_oneside = false;
  std::uint32_t depth_bytes = 1 << 20;
  std::uint16_t smb_records = engines::kAllSmbRecords;  // ParserOptions'
  std::vector<std::string> event_types;                 // that are written; empty: all
  engines::ProtocolSet left_out[2];                     // protocols: over TCP, over UDP
  std::uint32_t mqtt_text_limit = 1024;
  bool record_sql_passwords = false;
  bool record_stream_events = true;  // anomalies of streams and of packets' headers
  bool record_decode_events = true;
  engines::InspectorConfig::SegmentRecords record_segments =
      engines::InspectorConfig::SegmentRecords::none;
  engines::stream::UrgentPolicy urgent = engines::stream::UrgentPolicy::out_of_band;
  bool record_packet_headers = false;  // with each of them
  bool record_ethernet = true;
  bool record_every_drop = true;  // false: of a dropped flow one packet each way
  bool short_ipv6 = false;        // addresses as RFC 5952 has them
  engines::DnsRecords dns_records;
  std::optional<std::uint16_t> community_seed;
  engines::ForwardedFor forwarded_for;
  bool record_references = false;
  bool file_magic = false;
  std::uint32_t dnp3_max_objects = 2048;
  bool record_mail_digest = true;  // otherwise computed when a rule asks for it
};

/// Adds what a settings file says: {"mode", "midstream", "async_oneside", "reassembly_depth":
/// "1mb", "vars": {"address-groups": {...}, "port-groups": {...}} or {"HOME_NET": ...},
/// "reputation": {"categories", "files"}, "eve": {"types": [...], "smb.types": [...],
/// "anomaly.types.decode", "anomaly.types.stream", "anomaly.packethdr", "ethernet",
/// "ipv6-compress", ...; what is not in it is as Suricata has it},
/// "app_layer": {"dns.enabled", "dns.tcp.enabled", ...}, "other":
/// {"stream.reassembly.urgent.policy": "oob", "inline", "gap" or "drop"}}. Other members are none
/// of ours.
Status read_settings(ContentOptions& options);

/// Compiled rules with the bytes they point into.
struct RulesInForce {
  AlignedBytes artifact;
  std::unique_ptr<const engines::ips::Ruleset> ruleset;
  std::vector<rules::RuleDiagnostic> refused;
};

/// Without rule files: none. `geo`: for geoip, null: rules with it are refused. Rules that cannot
/// be in force are told in `refused`; a file that cannot be read is an error.
Result<RulesInForce> load_rules(const ContentOptions& options, const rules::GeoDatabase* geo);

engines::InspectorConfig inspector_config(const ContentOptions& options);

}  // namespace sekisho::tools
