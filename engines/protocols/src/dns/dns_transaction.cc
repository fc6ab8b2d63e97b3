#include "dns/dns_transaction.h"

#include "dns/dns_json.h"
#include "rules/ips/field.h"

namespace sekisho::engines {
namespace {

/// Event names: DNS and LLMNR have sets of their own, mDNS shares DNS's.
struct OddityNames {
  std::string_view malformed_data, not_request, not_a_request, not_response, not_a_response;
  std::string_view z_flag_set, invalid_opcode, name_too_long, infinite_loop;
  std::string_view invalid_authorities, invalid_additionals;
};
constexpr OddityNames kDnsNames{
    "dns.malformed_data", "dns.not_request",         "dns.not_a_request",      "dns.not_response",
    "dns.not_a_response", "dns.z_flag_set",          "dns.invalid_opcode",     "dns.name_too_long",
    "dns.infinite_loop",  "dns.invalid_authorities", "dns.invalid_additionals"};
constexpr OddityNames kMdnsNames{
    "mdns.malformed_data",      "mdns.not_request",        "mdns.not_a_request",
    "mdns.not_response",        "mdns.not_a_response",     "mdns.z_flag_set",
    "mdns.invalid_opcode",      "mdns.name_too_long",      "mdns.infinite_loop",
    "mdns.invalid_authorities", "mdns.invalid_additionals"};
constexpr OddityNames kLlmnrNames{
    "llmnr.malformed_data",      "llmnr.not_request",        "llmnr.not_a_request",
    "llmnr.not_response",        "llmnr.not_a_response",     "llmnr.z_flag_set",
    "llmnr.invalid_opcode",      "llmnr.name_too_long",      "llmnr.infinite_loop",
    "llmnr.invalid_authorities", "llmnr.invalid_additionals"};

/// DNS itself, also within HTTP/2.
constexpr bool is_dns(Protocol protocol) noexcept {
  return protocol == Protocol::dns || protocol == Protocol::doh2;
}

void add_oddities(const DnsMessage& message, const OddityNames& names,
                  Transaction& transaction) noexcept {
  const auto odd = message.oddities();
  if (message.malformed()) transaction.add_oddity(names.malformed_data);
  if (odd.z_flag_set) transaction.add_oddity(names.z_flag_set);
  if (odd.invalid_opcode) transaction.add_oddity(names.invalid_opcode);
  if (odd.name_too_long) transaction.add_oddity(names.name_too_long);
  if (odd.infinite_loop) transaction.add_oddity(names.infinite_loop);
  if (odd.invalid_authorities) transaction.add_oddity(names.invalid_authorities);
  if (odd.invalid_additionals) transaction.add_oddity(names.invalid_additionals);
}

/// Rule sets know the event by two names.
void add_direction_oddity(const DnsMessage& message, const OddityNames& names, Direction direction,
                          Transaction& transaction) noexcept {
  if (message.is_response() == (direction == Direction::to_client)) return;
  const bool to_server = direction == Direction::to_server;
  transaction.add_oddity(to_server ? names.not_request : names.not_response);
  transaction.add_oddity(to_server ? names.not_a_request : names.not_a_response);
}

}  // namespace

void add_dns_oddities(const DnsMessage& message, Transaction& transaction) noexcept {
  add_oddities(message, kDnsNames, transaction);
}

bool DnsTransaction::is_mine(rules::Field field, Direction direction) const noexcept {
  if (stage(direction) == 0) return false;
  const auto& info = rules::info_of(field);
  if ((info.protocols & rules::bit_of(protocol_)) == 0) return false;
  // dns.* names belong to DNS alone: a rule for them is not about the local network's chatter
  return info.name.starts_with("dns.") == is_dns(protocol_);
}

std::optional<std::span<const std::uint8_t>> DnsTransaction::bytes(
    rules::Field field, Direction direction, std::uint32_t instance,
    FieldScratch scratch) const noexcept {
  if (!is_mine(field, direction)) return std::nullopt;
  return dns_field_bytes(message_, field, instance, scratch);
}

std::optional<std::uint64_t> DnsTransaction::number(rules::Field field, Direction direction,
                                                    std::uint32_t instance) const noexcept {
  if (stage(direction) == 0) return std::nullopt;
  return dns_field_number(message_, field, instance);
}

void DnsTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  if (is_dns(protocol_)) return write_dns_record(message_, id(), json);
  write_local_dns_record(message_, rules::name_of(protocol_), json);
}

void report_dns_message(const DnsMessage& message, Protocol protocol, std::uint64_t id,
                        Direction direction, ProtocolEvents& events) noexcept {
  DnsTransaction transaction(id, protocol, message);
  const auto& names = is_dns(protocol)             ? kDnsNames
                      : protocol == Protocol::mdns ? kMdnsNames
                                                   : kLlmnrNames;
  add_oddities(message, names, transaction);
  // everything of mDNS goes to one group address: no side is the server
  if (protocol != Protocol::mdns) add_direction_oddity(message, names, direction, transaction);
  transaction.set_stage(direction, kStageEnd);
  events.stage_reached(transaction, direction);
  const auto event_type = rules::name_of(is_dns(protocol) ? Protocol::dns : protocol);
  if (!message.malformed()) events.record_due(transaction, event_type, 0, direction);
  events.ended(transaction);
}

}  // namespace sekisho::engines
