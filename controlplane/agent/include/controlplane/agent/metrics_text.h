#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "controlplane/agent/dataplane_client.h"

namespace sekisho::controlplane {

/// Everything that is measured at one moment.
struct Metrics {
  std::string version;
  bool dataplane_up = false;
  std::uint32_t policy_serial = 0;
  std::uint32_t policy_rules = 0;
  std::uint64_t events_read = 0;
  std::uint64_t events_written = 0;
  std::uint64_t events_lost = 0;
  std::uint64_t syslog_sent = 0;
  std::uint64_t syslog_lost = 0;
  std::map<std::string, std::uint64_t> counters;  // the dataplane's, by dotted name
  std::vector<PortCounters> ports;
};

/// The Prometheus text format, version 0.0.4. "drop.policy_block" becomes
/// sekisho_drop_total{reason="policy_block"}, "flow.tcp" sekisho_flow_tcp_total; each family is in
/// one piece.
std::string metrics_text(const Metrics& metrics);

}  // namespace sekisho::controlplane
