// Lines about flows and dropped packets.
#include "config/events/drop_reason.h"
#include "eve_parts.h"
#include "eve_time.h"

namespace sekisho::events {
namespace {

constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10, kUrg = 0x20;

constexpr std::array<std::string_view, 6> kEndReasons{"timeout", "closed", "reset",
                                                      "forced",  "forced", "shutdown"};
/// dataplane's TcpState in Suricata's words, and those of streams that it does not have.
constexpr std::array<std::string_view, 11> kTcpStates{
    "none",      "syn_sent", "syn_recv",  "established", "fin_wait1", "closing",
    "time_wait", "closed",   "fin_wait2", "close_wait",  "last_ack"};

std::string hex_byte(std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {kDigits[byte >> 4], kDigits[byte & 0x0f]};
}

std::string_view flow_state(const FlowFields& flow) {
  switch (flow.state) {
    case FlowState::established:
      return "established";
    case FlowState::closed:
      return "closed";
    case FlowState::fresh:
    case FlowState::blocked:  // says nothing of how far it got; `action` says that it was cut
      break;
  }
  return flow.packets_to_client != 0 && flow.packets_to_server != 0 ? "established" : "new";
}

void write_flags(JsonWriter& json, std::uint8_t flags) {
  struct Flag {
    std::uint8_t bit;
    std::string_view name;
  };
  constexpr std::array<Flag, 6> kFlags{
      {{kSyn, "syn"}, {kFin, "fin"}, {kRst, "rst"}, {kPsh, "psh"}, {kAck, "ack"}, {kUrg, "urg"}}};
  for (const auto& flag : kFlags)
    if ((flags & flag.bit) != 0) json.member(flag.name, true);
}

/// Names of what the flow's bytes were taken for; false: nothing is known.
bool write_protocols(JsonWriter& json, const FlowFields& flow, const EveNames& names) {
  if (!names.app_protocol) return false;
  const auto put = [&](std::string_view key, std::uint8_t protocol) {
    const auto name = names.app_protocol(protocol);
    if (!name.empty()) json.member(key, name);
    return !name.empty();
  };
  const bool known = put("app_proto", flow.app_protocol);
  const auto put_other = [&](std::string_view key, std::uint8_t protocol) {
    if (protocol != 0 && protocol != flow.app_protocol) put(key, protocol);
  };
  put_other("app_proto_ts", flow.details.app_protocol_to_server);
  put_other("app_proto_tc", flow.details.app_protocol_to_client);
  put_other("app_proto_orig", flow.details.app_protocol_original);
  put_other("app_proto_expected", flow.details.app_protocol_expected);
  return known;
}

/// As Suricata counts: whole seconds on the clock, not whole seconds passed.
std::uint64_t age_of(const FlowFields& flow) {
  const auto start_s = flow.start_ns / 1'000'000'000, last_s = flow.last_ns / 1'000'000'000;
  return last_s >= start_s ? last_s - start_s : 0;
}

/// What is done with a connection of which the beginning was not seen: nothing special.
void write_midstream(JsonWriter& json) {
  json.begin_array("exception_policy");
  json.begin_object().member("target", "stream_midstream").member("policy", "ignore").end_object();
  json.end_array();
}

}  // namespace

void write_flow(JsonWriter& json, const EventRecord& record, const EveNames& names) {
  const auto& flow = record.flow;
  if (flow.details.has_response != 0)
    json.member("response_icmp_type", flow.details.response_type)
        .member("response_icmp_code", flow.details.response_code);
  const bool named = write_protocols(json, flow, names);
  write_application(json, {record.policy_serial, flow.application, flow.carrier, flow.function},
                    names, !named);
  const auto hint = flow.application == 0 && flow.hint != 0 && names.application
                        ? names.application(flow.hint)
                        : std::string();
  if (!hint.empty()) json.begin_object("app").member("hint", hint).end_object();
  json.begin_object("flow");
  json.member("pkts_toserver", flow.packets_to_server);
  json.member("pkts_toclient", flow.packets_to_client);
  json.member("bytes_toserver", flow.bytes_to_server);
  json.member("bytes_toclient", flow.bytes_to_client);
  json.member("start", EveTime(flow.start_ns).text());
  json.member("end", EveTime(flow.last_ns).text());
  json.member("age", age_of(flow));
  json.member("state", flow_state(flow));
  json.member("reason", pick(kEndReasons, static_cast<std::size_t>(flow.reason)));
  json.member("alerted", flow.alerted != 0);
  if (flow.state == FlowState::blocked)
    json.member("action", "drop");
  else if (flow.passed != 0)
    json.member("action", "pass");
  if (flow.details.midstream != 0) write_midstream(json);
  if (flow.details.transactions != 0) json.member("tx_cnt", flow.details.transactions);
  json.end_object();
  if (record.tuple.protocol == kTcp) {
    const auto both =
        static_cast<std::uint8_t>(flow.tcp_flags_to_server | flow.tcp_flags_to_client);
    json.begin_object("tcp");
    json.member("tcp_flags", hex_byte(both));
    json.member("tcp_flags_ts", hex_byte(flow.tcp_flags_to_server));
    json.member("tcp_flags_tc", hex_byte(flow.tcp_flags_to_client));
    write_flags(json, both);
    json.member("state", pick(kTcpStates, flow.tcp_state));
    // Where streams are followed, a direction's bytes are kept in one piece.
    const auto& details = flow.details;
    if (details.least_ttl[0] != 0 || details.least_ttl[1] != 0)
      json.member("ts_max_regions", 1).member("tc_max_regions", 1);
    json.end_object();
  }
  begin_policy(json, record, names);
  json.end_object();
}

void write_drop(JsonWriter& json, const EventRecord& record, const EveNames& names) {
  const auto& drop = record.drop;
  json.member("direction", drop.direction == 0 ? "to_server" : "to_client");
  json.begin_object("drop");
  json.member("len", drop.packet_bytes);
  json.member("ttl", drop.ttl);
  json.member("ipid", drop.ip_id);
  if (record.tuple.protocol == kTcp) {
    json.member("tcpseq", drop.tcp_seq);
    json.member("tcpack", drop.tcp_ack);
    json.member("tcpwin", drop.tcp_window);
    json.member("syn", (drop.tcp_flags & kSyn) != 0);
    json.member("ack", (drop.tcp_flags & kAck) != 0);
    json.member("psh", (drop.tcp_flags & kPsh) != 0);
    json.member("rst", (drop.tcp_flags & kRst) != 0);
    json.member("urg", (drop.tcp_flags & kUrg) != 0);
    json.member("fin", (drop.tcp_flags & kFin) != 0);
  }
  json.member("reason", name_of(static_cast<DropReason>(drop.reason)));
  json.end_object();
  begin_policy(json, record, names);
  json.end_object();
}

std::string netflow_to_eve(const EventRecord& record, const EveNames& names) {
  std::string lines;
  if (record.type != EventType::flow) return lines;
  const auto& flow = record.flow;
  const std::uint64_t packets[] = {flow.packets_to_server, flow.packets_to_client};
  const std::uint64_t bytes[] = {flow.bytes_to_server, flow.bytes_to_client};
  const std::uint8_t flags[] = {flow.tcp_flags_to_server, flow.tcp_flags_to_client};
  for (std::size_t side = 0; side < 2; ++side) {
    if (side == 1 && packets[1] == 0) break;
    std::string line;
    JsonWriter json(line);
    json.begin_object();
    write_head(json, record, names, "netflow", side == 1);
    write_ether(json, record, names, side == 1);
    write_protocols(json, flow, names);
    json.begin_object("netflow").member("pkts", packets[side]).member("bytes", bytes[side]);
    json.member("start", EveTime(flow.start_ns).text()).member("end", EveTime(flow.last_ns).text());
    json.member("age", age_of(flow));
    json.member("min_ttl", flow.details.least_ttl[side])
        .member("max_ttl", flow.details.most_ttl[side]);
    if (flow.details.transactions != 0) json.member("tx_cnt", flow.details.transactions);
    json.end_object();
    if (record.tuple.protocol == kTcp) {
      json.begin_object("tcp").member("tcp_flags", hex_byte(flags[side]));
      write_flags(json, flags[side]);
      json.end_object();
    }
    json.end_object();
    lines.append(line).append("\n");
  }
  return lines;
}

}  // namespace sekisho::events
