#include "config/events/eve.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "config/base/own_categories.h"
#include "config/events/block_id.h"
#include "config/events/drop_reason.h"
#include "config/events/json_writer.h"
#include "config/events/protocol_name.h"
#include "eve_time.h"

namespace sekisho::events {
namespace {

constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmpV6 = 58, kSctp = 132;
constexpr std::size_t kLineBytes = 1024;  // room for a typical line without growing

constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10, kUrg = 0x20;

/// `names[index]`, or "unknown": numbers come from another process.
template <std::size_t N>
std::string_view pick(const std::array<std::string_view, N>& names, std::size_t index) {
  return index < N ? names[index] : "unknown";
}

constexpr std::array<std::string_view, 3> kActions{"allow", "block", "monitor"};  // policy::Action
constexpr std::array<std::string_view, 6> kEndReasons{"timeout", "closed", "reset",
                                                      "forced",  "forced", "shutdown"};
/// dataplane's TcpState in Suricata's words, and those of streams that it does not have.
constexpr std::array<std::string_view, 11> kTcpStates{
    "none",      "syn_sent", "syn_recv",  "established", "fin_wait1", "closing",
    "time_wait", "closed",   "fin_wait2", "close_wait",  "last_ack"};

std::string protocol_text(std::uint8_t protocol) {
  const auto name = protocol_name(protocol);
  return name.empty() ? std::to_string(protocol) : std::string(name);
}

/// IPv6 in full ("2001:0db8:0000:..."), as Suricata writes it and consumers of EVE compare it.
std::string address_text(const IpAddress& address, const EveNames& names) {
  if (address.is_v4() || names.short_ipv6) return to_string(address);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(39);
  for (std::size_t i = 0; i < 16; ++i) {
    if (i != 0 && i % 2 == 0) text += ':';
    text += kDigits[address.bytes[i] >> 4];
    text += kDigits[address.bytes[i] & 0x0f];
  }
  return text;
}

std::string hex_byte(std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {kDigits[byte >> 4], kDigits[byte & 0x0f]};
}

std::string_view type_name(EventType type) {
  switch (type) {
    case EventType::flow:
      return "flow";
    case EventType::drop:
      return "drop";
    case EventType::policy:
      return "policy";
    case EventType::anomaly:
      return "anomaly";
    case EventType::text:  // names its own type
    case EventType::continuation:
      break;
  }
  return "unknown";
}

bool is_to_client(const EventRecord& record) {
  return (record.type == EventType::drop && record.drop.direction != 0) ||
         (record.type == EventType::text && record.text.to_client != 0);
}

void write_ends(JsonWriter& json, const EventRecord& record, const EveNames& names, bool swapped) {
  const auto& tuple = record.tuple;
  const bool has_ports =
      tuple.protocol == kTcp || tuple.protocol == kUdp || tuple.protocol == kSctp;
  json.member("src_ip", address_text(swapped ? tuple.destination : tuple.source, names));
  if (has_ports) json.member("src_port", swapped ? tuple.destination_port : tuple.source_port);
  json.member("dest_ip", address_text(swapped ? tuple.source : tuple.destination, names));
  if (has_ports) json.member("dest_port", swapped ? tuple.source_port : tuple.destination_port);
  json.member("proto", protocol_text(tuple.protocol));
  json.member("ip_v", tuple.source.is_v4() ? 4U : 6U);
  if (tuple.protocol == kIcmp || tuple.protocol == kIcmpV6)
    json.member("icmp_type", tuple.source_port).member("icmp_code", tuple.destination_port);
}

/// Of the flow's initiator, whichever end the record is about.
void write_user(JsonWriter& json, const EventRecord& record, const EveNames& names) {
  if (record.user == 0 || !names.user) return;
  const auto user = names.user(record.policy_serial, record.user);
  if (user.name.empty()) return;
  json.member("user", user.name);
  if (user.groups.empty()) return;
  json.begin_array("groups");
  for (const auto& group : user.groups) json.value(group);
  json.end_array();
}

void write_head(JsonWriter& json, const EventRecord& record, const EveNames& names,
                std::string_view type, bool swapped) {
  json.member("timestamp", EveTime(record.time_ns).text());
  if (record.flow_id != 0) json.member("flow_id", record.flow_id);
  if (const auto port = names.port ? names.port(record.tuple.ingress_port) : ""; !port.empty())
    json.member("in_iface", port);
  json.member("event_type", type);
  if (record.tuple.vlan != 0) {
    json.begin_array("vlan").value(record.tuple.vlan);
    if (record.tuple.inner_vlan != 0) json.value(record.tuple.inner_vlan);
    if (record.tuple.third_vlan != 0) json.value(record.tuple.third_vlan);
    json.end_array();
  }
  if (record.tuple.protocol == 0 && record.tuple.source == IpAddress{}) return;
  write_ends(json, record, names, swapped);
  write_user(json, record, names);
  if (!names.community_id) return;
  if (const auto id = names.community_id(record.tuple); !id.empty())
    json.member("community_id", id);
}

void write_ether(JsonWriter& json, const EventRecord& record, const EveNames& names, bool swapped) {
  constexpr std::array<std::uint8_t, 6> kNone{};
  if (!names.ethernet) return;
  if (record.source_mac == kNone && record.destination_mac == kNone) return;
  auto source = to_string(MacAddress{record.source_mac});
  auto destination = to_string(MacAddress{record.destination_mac});
  if (swapped) std::swap(source, destination);
  json.begin_object("ether");
  if (record.type == EventType::flow) {  // a flow can have seen several: lists
    json.begin_array("src_macs").value(source).end_array();
    json.begin_array("dest_macs").value(destination).end_array();
  } else {
    if (record.ethertype != 0) json.member("ether_type", record.ethertype);
    json.member("src_mac", source).member("dest_mac", destination);
  }
  json.end_object();
}

struct ToldApplication {
  std::uint16_t application;
  std::uint16_t carrier;  // the protocol, where the application is none itself; 0: it is one
  std::uint8_t function;  // what it is used for; 0: not known
};

void write_application(JsonWriter& json, const ToldApplication& told, const EveNames& names,
                       bool as_protocol = true) {
  const auto [application, carrier, used_for] = told;
  const auto name_of = [&](std::uint16_t id) {
    return id != 0 && names.application ? names.application(id) : std::string();
  };
  const auto name = name_of(application);
  if (name.empty()) return;
  const auto protocol = carrier == 0 ? name : name_of(carrier);
  if (as_protocol && !protocol.empty()) json.member("app_proto", protocol);
  json.begin_object("app").member("name", name);
  if (carrier != 0 && !protocol.empty()) json.member("carrier", protocol);
  const auto function = used_for != 0 && names.application_function
                            ? names.application_function(used_for)
                            : std::string();
  if (!function.empty()) json.member("function", function);
  const auto category =
      names.application_category ? names.application_category(application) : std::string();
  if (!category.empty()) json.member("category", category);
  const auto whole = names.application_part_of ? names.application_part_of(application)
                                               : std::vector<std::string>();
  if (!whole.empty()) {
    json.begin_array("part_of");
    for (const auto& one : whole) json.value(one);
    json.end_array();
  }
  json.end_object();
}

/// Leaves the `policy` object open for the caller's own members.
void begin_policy(JsonWriter& json, const EventRecord& record, const EveNames& names) {
  json.begin_object("policy");
  json.member("serial", record.policy_serial);
  if (names.bundle_version)
    if (const auto version = names.bundle_version(record.policy_serial); version != 0)
      json.member("bundle_version", version);
  json.member("rule", record.rule);
  if (record.rule == 0 || !names.rule) return;
  if (const auto name = names.rule(record.policy_serial, record.rule); !name.empty())
    json.member("name", name);
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

void write_flow(JsonWriter& json, const EventRecord& record, const EveNames& names) {
  const auto& flow = record.flow;
  if (flow.details.has_response != 0)
    json.member("response_icmp_type", flow.details.response_type)
        .member("response_icmp_code", flow.details.response_code);
  const bool named = write_protocols(json, flow, names);
  write_application(json, {flow.application, flow.carrier, flow.function}, names, !named);
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

/// The text of `records`, which another process wrote, as far as it is there.
std::string texts_of(std::span<const EventRecord> records) {
  std::string text;
  for (const auto& record : records) {
    if (record.type != EventType::continuation) break;
    text.append(record.text.text.data(),
                std::min<std::size_t>(record.text.bytes, TextFields::kBytes));
  }
  return text;
}

/// The URL that a verdict was about, of a policy record with its continuations; of a server that is
/// in a category by its address alone, the categories.
void write_url(JsonWriter& json, std::span<const EventRecord> records, const EveNames& names) {
  const auto& policy = records.front().policy;
  const auto url = texts_of(records.subspan(1));
  const OwnCategories own{policy.own_categories};
  if (url.empty() && !own.any()) return;
  json.begin_object("url");
  if (!url.empty()) {
    const std::size_t begin = std::min<std::size_t>(policy.host_at, url.size());
    json.member("hostname", std::string_view(url).substr(begin, policy.host_bytes));
    json.member("url", url);
  }
  json.begin_array("categories");
  const auto add = [&](std::uint16_t id, const std::string& name) {
    json.value(name.empty() ? std::to_string(id) : name);
  };
  for (auto id = OwnCategories::kFirstId; own.any() && id <= OwnCategories::kLastId; ++id)
    if (own.has(id))
      add(id, names.own_url_category ? names.own_url_category(records.front().policy_serial, id)
                                     : std::string());
  for (std::size_t i = 0; i < std::min<std::size_t>(policy.num_categories, 4); ++i) {
    const auto id = policy.categories[i];
    add(id, names.url_category ? names.url_category(id) : std::string());
  }
  json.end_array();
  if (policy.list == 1 || policy.list == 2)
    json.member("list", policy.list == 1 ? "allow" : "block");
  json.end_object();
}

void write_policy(JsonWriter& json, std::span<const EventRecord> records, const EveNames& names) {
  const auto& record = records.front();
  write_url(json, records, names);
  const auto& policy = record.policy;
  write_application(json, {policy.application, policy.carrier, policy.function}, names);
  begin_policy(json, record, names);
  json.member("action", pick(kActions, record.policy.action));
  json.member("rejudged", record.policy.rejudged != 0);
  if (record.policy.cause == PolicyCause::dns_query) json.member("cause", "dns_query");
  if (record.policy.cause == PolicyCause::ech) json.member("cause", "ech");
  if (record.policy.block_id != 0) {
    const auto id = block_id_text(record.policy.block_id);
    json.member("block_id", std::string_view(id.data(), id.size()));
  }
  json.end_object();
}

void write_anomaly(JsonWriter& json, const EventRecord& record) {
  json.begin_object("anomaly");
  json.member("type", "decode");
  json.member("event", name_of(static_cast<DropReason>(record.anomaly.reason)));
  json.end_object();
}

/// Event type and members of a text, put together again.
struct Text {
  std::string type = "unknown";
  std::string members;
};

bool is_type_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// Another process wrote it: what is no JSON becomes an anomaly of its own.
Text join(std::span<const EventRecord> records) {
  std::string bytes;
  for (const auto& record : records) {
    const bool fits = &record == records.data() ? record.type == EventType::text
                                                : record.type == EventType::continuation;
    if (!fits) break;
    bytes.append(record.text.text.data(),
                 std::min<std::size_t>(record.text.bytes, TextFields::kBytes));
  }
  const auto end = bytes.find('\0');
  const auto type = std::string_view(bytes).substr(0, end);
  if (end == std::string::npos || !is_type_name(type) ||
      !nlohmann::json::accept("{" + bytes.substr(end + 1) + "}"))
    return {"anomaly", R"("anomaly":{"type":"decode","event":"damaged_record"})"};
  return {std::string(type), bytes.substr(end + 1)};
}

std::string text_to_eve(std::span<const EventRecord> records, const EveNames& names) {
  const auto text = join(records);
  std::string line;
  line.reserve(kLineBytes + text.members.size());
  JsonWriter json(line);
  json.begin_object();
  const bool swapped = is_to_client(records.front());
  write_head(json, records.front(), names, text.type, swapped);
  write_ether(json, records.front(), names, swapped);
  if (!text.members.empty()) line.append(",").append(text.members);
  if (text.type == "drop" && records.front().rule != 0) {
    begin_policy(json, records.front(), names);
    json.end_object();
  }
  json.end_object();
  return line;
}

using Counter = std::map<std::string, std::uint64_t>::const_iterator;

/// Nests the counters of [first, last), which share the first `depth` bytes of their names. Names
/// are sorted, so all that begin alike stand together.
void write_counters(JsonWriter& json, Counter first, Counter last, std::size_t depth) {
  while (first != last) {
    const std::string_view rest = std::string_view(first->first).substr(depth);
    const auto element = rest.substr(0, rest.find('.'));
    const bool is_leaf = element.size() == rest.size();
    if (is_leaf) {
      json.member(element, first->second);
      ++first;
      continue;
    }
    const auto prefix = first->first.substr(0, depth + element.size() + 1);
    const auto end = std::find_if(first, last, [&](const auto& counter) {
      return !std::string_view(counter.first).starts_with(prefix);
    });
    json.begin_object(element);
    write_counters(json, first, end, prefix.size());
    json.end_object();
    first = end;
  }
}

}  // namespace

namespace {

/// A record that is no text, with its continuations.
std::string line_of(std::span<const EventRecord> records, const EveNames& names) {
  const auto& record = records.front();
  std::string line;
  line.reserve(kLineBytes);
  JsonWriter json(line);
  json.begin_object();
  // A drop is about a packet: its own source and target.
  const bool swapped = is_to_client(record);
  write_head(json, record, names, type_name(record.type), swapped);
  write_ether(json, record, names, swapped);
  switch (record.type) {
    case EventType::flow:
      write_flow(json, record, names);
      break;
    case EventType::drop:
      write_drop(json, record, names);
      break;
    case EventType::policy:
      write_policy(json, records, names);
      break;
    case EventType::anomaly:
      write_anomaly(json, record);
      break;
    case EventType::text:
    case EventType::continuation:
      break;
  }
  json.end_object();
  return line;
}

}  // namespace

std::string to_eve(const EventRecord& record, const EveNames& names) {
  return line_of({&record, 1}, names);
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

std::size_t num_records(const EventRecord& first) noexcept {
  const std::size_t more = first.type == EventType::text     ? first.text.continuations
                           : first.type == EventType::policy ? first.policy.continuations
                                                             : 0;
  return 1 + std::min(more, kMaxTextRecords - 1);
}

EveLine next_eve(std::span<const EventRecord> records, const EveNames& names) {
  const auto& first = records.front();
  const auto taken = std::min(num_records(first), records.size());
  const auto event = records.first(taken);
  if (first.type == EventType::text) return {text_to_eve(event, names), taken};
  return {line_of(event, names), taken};
}

std::string stats_to_eve(std::uint64_t time_ns, std::uint64_t uptime_seconds,
                         const std::map<std::string, std::uint64_t>& counters) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.member("timestamp", EveTime(time_ns).text()).member("event_type", "stats");
  json.begin_object("stats").member("uptime", uptime_seconds);
  write_counters(json, counters.begin(), counters.end(), 0);
  json.end_object().end_object();
  return line;
}

std::string policy_change_to_eve(std::uint64_t time_ns, std::string_view what, std::uint32_t serial,
                                 std::string_view content_address, std::string_view detail) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.member("timestamp", EveTime(time_ns).text()).member("event_type", "policy_change");
  json.begin_object("policy_change").member("what", what).member("serial", serial);
  if (!content_address.empty()) json.member("content_address", content_address);
  if (!detail.empty()) json.member("detail", detail);
  json.end_object().end_object();
  return line;
}

std::string own_to_eve(std::uint64_t time_ns, std::string_view event_type,
                       std::string_view members) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.member("timestamp", EveTime(time_ns).text()).member("event_type", event_type);
  if (!members.empty()) line.append(",").append(members);
  json.end_object();
  return line;
}

std::string content_age_to_eve(std::uint64_t time_ns, std::string_view what, std::string_view kind,
                               std::uint64_t age_seconds, std::uint64_t max_age_seconds) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.member("timestamp", EveTime(time_ns).text()).member("event_type", "content");
  json.begin_object("content").member("what", what).member("kind", kind);
  json.member("age_seconds", age_seconds).member("max_age_seconds", max_age_seconds);
  json.end_object().end_object();
  return line;
}

}  // namespace sekisho::events
