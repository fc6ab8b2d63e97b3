#include "eve_parts.h"

#include "config/base/own_application.h"
#include "config/events/protocol_name.h"
#include "eve_time.h"

namespace sekisho::events {
namespace {

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

std::string application_name(const ToldApplication& told, std::uint16_t id, const EveNames& names) {
  if (OwnApplication::is_own(id))
    return names.own_application ? names.own_application(told.policy_serial, id) : std::string();
  return id != 0 && names.application ? names.application(id) : std::string();
}

std::string application_category(const ToldApplication& told, const EveNames& names) {
  const auto id = told.application;
  if (OwnApplication::is_own(id))
    return names.own_application_category ? names.own_application_category(told.policy_serial, id)
                                          : std::string();
  return names.application_category ? names.application_category(id) : std::string();
}

/// The flow that announced this one, as Suricata tells it; 0: none did.
std::uint64_t parent_of(const EventRecord& record) {
  if (record.type == EventType::flow) return record.flow.parent_flow_id;
  return record.type == EventType::policy ? record.policy.parent_flow_id : 0;
}

}  // namespace

bool is_to_client(const EventRecord& record) {
  return (record.type == EventType::drop && record.drop.direction != 0) ||
         (record.type == EventType::text && record.text.to_client != 0);
}

void write_head(JsonWriter& json, const EventRecord& record, const EveNames& names,
                std::string_view type, bool swapped) {
  json.member("timestamp", EveTime(record.time_ns).text());
  if (record.flow_id != 0) json.member("flow_id", record.flow_id);
  if (const auto parent = parent_of(record); parent != 0) json.member("parent_id", parent);
  if (const auto port = names.port ? names.port(record.tuple.ingress_port) : ""; !port.empty())
    json.member("in_iface", port);
  json.member("event_type", type);
  if (record.decrypted != 0) json.member("decrypted", true);
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

void write_application(JsonWriter& json, const ToldApplication& told, const EveNames& names,
                       bool as_protocol) {
  const auto application = told.application;
  const auto carrier = told.carrier;
  const auto used_for = told.function;
  const auto name = application_name(told, application, names);
  if (name.empty()) return;
  // An own application is a protocol of nobody's.
  const auto protocol = carrier != 0 ? application_name(told, carrier, names)
                        : OwnApplication::is_own(application) ? std::string()
                                                              : name;
  if (as_protocol && !protocol.empty()) json.member("app_proto", protocol);
  json.begin_object("app").member("name", name);
  if (carrier != 0 && !protocol.empty()) json.member("carrier", protocol);
  const auto function = used_for != 0 && names.application_function
                            ? names.application_function(used_for)
                            : std::string();
  if (!function.empty()) json.member("function", function);
  const auto category = application_category(told, names);
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

}  // namespace sekisho::events
