#include "controlplane/agent/metrics_text.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sekisho::controlplane {
namespace {

constexpr std::string_view kDropPrefix = "drop.";
/// What can also go down.
constexpr std::array<std::string_view, 3> kGauges{"flow.active", "flow.memuse",
                                                  "reputation.waiting"};
/// Of a port's row only what counts up.
constexpr std::array<std::string_view, 7> kPortCounters{
    "rx_bytes", "rx_errors", "rx_missed", "rx_packets", "tx_bytes", "tx_errors", "tx_packets"};

void family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help);
  out.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

/// `label` is empty or one name="value" pair.
void sample(std::string& out, std::string_view name, std::string_view label, std::uint64_t value) {
  out.append(name);
  if (!label.empty()) out.append("{").append(label).append("}");
  out.append(" ").append(std::to_string(value)).append("\n");
}

void single(std::string& out, std::string_view name, std::string_view type, std::string_view help,
            std::uint64_t value) {
  family(out, name, type, help);
  sample(out, name, {}, value);
}

std::string label(std::string_view key, std::string_view value) {
  std::string text(key);
  text += "=\"";
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text + "\"";
}

/// What Prometheus allows in a name: [a-zA-Z0-9_].
std::string metric_name(std::string_view dotted) {
  std::string name = "sekisho_";
  for (const char c : dotted) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += plain ? c : '_';
  }
  return name;
}

void add_own(std::string& out, const Metrics& m) {
  family(out, "sekisho_info", "gauge", "the running software");
  sample(out, "sekisho_info", label("version", m.version), 1);
  single(out, "sekisho_dataplane_up", "gauge", "1 when the dataplane answers", m.dataplane_up);
  single(out, "sekisho_policy_serial", "gauge", "serial of the policy in force", m.policy_serial);
  single(out, "sekisho_policy_rules", "gauge", "rules of the policy in force", m.policy_rules);
  single(out, "sekisho_events_read_total", "counter", "records taken from the event rings",
         m.events_read);
  single(out, "sekisho_events_written_total", "counter", "lines written to the event log",
         m.events_written);
  single(out, "sekisho_events_ring_lost_total", "counter", "records that found their ring full",
         m.events_lost);
  single(out, "sekisho_syslog_sent_total", "counter", "events sent to syslog", m.syslog_sent);
  single(out, "sekisho_syslog_lost_total", "counter", "events that syslog could not take",
         m.syslog_lost);
}

void add_counters(std::string& out, const std::map<std::string, std::uint64_t>& counters) {
  bool in_drops = false;
  for (const auto& [dotted, value] : counters) {  // sorted, so the drops stand together
    if (dotted.starts_with(kDropPrefix)) {
      if (!in_drops) family(out, "sekisho_drop_total", "counter", "packets dropped, by reason");
      in_drops = true;
      sample(out, "sekisho_drop_total",
             label("reason", std::string_view(dotted).substr(kDropPrefix.size())), value);
      continue;
    }
    const bool gauge = std::find(kGauges.begin(), kGauges.end(), dotted) != kGauges.end();
    const std::string name = metric_name(dotted) + (gauge ? "" : "_total");
    single(out, name, gauge ? "gauge" : "counter", "dataplane counter " + dotted, value);
  }
}

void add_ports(std::string& out, const std::vector<PortCounters>& ports) {
  if (ports.empty()) return;
  family(out, "sekisho_port_up", "gauge", "1 when the port has a link");
  for (const auto& port : ports)
    sample(out, "sekisho_port_up", label("port", port.name), port.link_up ? 1 : 0);
  for (const std::string_view counter : kPortCounters) {
    const std::string name = "sekisho_port_" + std::string(counter) + "_total";
    family(out, name, "counter", "of the port");
    for (const auto& port : ports)
      if (const auto it = port.numbers.find(std::string(counter)); it != port.numbers.end())
        sample(out, name, label("port", port.name), it->second);
  }
}

}  // namespace

std::string metrics_text(const Metrics& metrics) {
  std::string out;
  add_own(out, metrics);
  add_counters(out, metrics.counters);
  add_ports(out, metrics.ports);
  return out;
}

}  // namespace sekisho::controlplane
