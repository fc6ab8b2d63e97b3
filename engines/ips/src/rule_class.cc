#include "pack_rule.h"

namespace sekisho::engines::ips {
namespace {

using rules::Field;
using rules::FieldDirection;
using rules::PacketNumber;

bool is_transaction_field(Field field) {
  return !is_packet_field(field) && field != Field::base64_data;
}

/// Flow and stream counters are not the packet's own.
bool is_of_flow(PacketNumber number) { return number >= PacketNumber::stream_bytes_to_server; }

template <class Test>
bool has_test(const rules::Rule& rule) {
  for (const auto& test : rule.tests)
    if (std::holds_alternative<Test>(test)) return true;
  return false;
}

}  // namespace

bool is_transactional(const rules::Rule& rule) {
  for (const auto& buffer : rule.buffers)
    if (is_transaction_field(buffer.field)) return true;
  for (const auto& test : rule.tests)
    if (const auto* number = std::get_if<rules::FieldNumberTest>(&test))
      if (is_transaction_field(number->field)) return true;
  return has_test<rules::ApplicationEvent>(rule) || has_test<rules::ApplicationStateTest>(rule) ||
         (rule.store_file && rule.buffers.empty());
}

bool needs_packet(const rules::Rule& rule) {
  if (rule.header.layer == rules::RuleLayer::packet ||
      rule.header.layer == rules::RuleLayer::packet_header ||
      rule.header.layer == rules::RuleLayer::arp || rule.header.hook != rules::PacketHook::none ||
      rule.flow.no_stream)
    return true;
  for (const auto& buffer : rule.buffers)
    if (is_packet_field(buffer.field) && buffer.field != Field::payload) return true;
  for (const auto& test : rule.tests) {
    if (const auto* number = std::get_if<rules::PacketNumberTest>(&test))
      if (!is_of_flow(number->number)) return true;
    if (std::holds_alternative<rules::TcpFlags>(test) ||
        std::holds_alternative<rules::FragmentBits>(test) ||
        std::holds_alternative<rules::IpOption>(test) ||
        std::holds_alternative<rules::ChecksumTest>(test) ||
        std::holds_alternative<rules::RpcCall>(test) ||
        std::holds_alternative<rules::DecodeEvent>(test))
      return true;
  }
  return false;
}

bool is_ip_only(const rules::Rule& rule) {
  const auto& header = rule.header;
  const bool wants_packets =
      header.layer == rules::RuleLayer::packet_header || header.layer == rules::RuleLayer::arp ||
      (header.layer == rules::RuleLayer::packet && header.ip_protocols[6]);  // tcp-pkt
  if (!rule.buffers.empty() || header.hook != rules::PacketHook::none || wants_packets ||
      header.app_protocols != 0 || header.layer == rules::RuleLayer::tcp_stream)
    return false;
  const auto& flow = rule.flow;
  if (flow.to_server || flow.to_client || flow.established || flow.not_established ||
      flow.stateless || flow.only_stream || flow.no_stream || flow.only_frag || flow.no_frag)
    return false;
  for (const auto& test : rule.tests)
    if (!std::holds_alternative<rules::GeoTest>(test) &&
        !std::holds_alternative<rules::ReputationTest>(test) &&
        !std::holds_alternative<rules::FlowBits>(test) &&
        !std::holds_alternative<rules::HostBits>(test))
      return false;
  return true;
}

bool is_protocol_only(const rules::Rule& rule) {
  const auto& flow = rule.flow;
  if (!rule.buffers.empty() || is_transactional(rule) || rule.header.app_protocols != 0 ||
      rule.header.hook != rules::PacketHook::none || flow.established || flow.not_established)
    return false;
  bool asks = false;
  for (const auto& test : rule.tests) {
    if (!std::holds_alternative<rules::ApplicationProtocolTest>(test)) return false;
    asks = true;
  }
  return asks;
}

bool asks_state(const rules::Rule& rule) {
  return has_test<rules::FlowBits>(rule) || has_test<rules::FlowInteger>(rule) ||
         has_test<rules::HostBits>(rule) || has_test<rules::FlowText>(rule);
}

std::uint8_t directions_of(const rules::Rule& rule) {
  if (rule.flow.to_server != rule.flow.to_client) return rule.flow.to_server ? 1 : 2;
  std::uint8_t seen = 0;
  const auto add = [&seen](Field field, FieldDirection asked = FieldDirection::either) {
    if (is_packet_field(field) || field == Field::base64_data) return;
    const auto of_field = rules::info_of(field).direction;
    const auto direction = of_field == FieldDirection::either ? asked : of_field;
    if (direction == FieldDirection::to_server) seen |= 1;
    if (direction == FieldDirection::to_client) seen |= 2;
  };
  for (const auto& buffer : rule.buffers) add(buffer.field, buffer.direction);
  for (const auto& test : rule.tests)
    if (const auto* number = std::get_if<rules::FieldNumberTest>(&test))
      add(number->field);
    else if (const auto* state = std::get_if<rules::ApplicationStateTest>(&test))
      return state->direction == FieldDirection::to_server ? 1 : 2;
  return seen == 0 ? 3 : seen;
}

}  // namespace sekisho::engines::ips
