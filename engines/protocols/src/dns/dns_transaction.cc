#include "dns/dns_transaction.h"

#include <algorithm>
#include <array>

#include "config/base/byte_reader.h"
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

bool is_type_wanted(const DnsRecords& records, std::uint16_t type) noexcept {
  const auto* end = records.types.data() + records.num_types;
  return records.num_types == 0 || std::find(records.types.data(), end, type) != end;
}

bool is_wanted(const DnsRecords& records, const DnsMessage& message) noexcept {
  if (!(message.is_response() ? records.responses : records.requests)) return false;
  if (records.num_types == 0) return true;
  for (std::uint32_t i = 0; const auto question = message.record(DnsSection::questions, i); ++i)
    if (is_type_wanted(records, question->type)) return true;
  return false;
}

/// In version 2 the ends are the flow's, not the message's.
void record_as_version_2(DnsTransaction& transaction, const DnsMessage& message,
                         const DnsRecords& records, ProtocolEvents& events) noexcept {
  if (message.is_response())
    return events.record_due(transaction, "dns", DnsTransaction::kOlderAnswer,
                             Direction::to_server);
  for (std::uint32_t i = 0; i < DnsTransaction::kMaxOlderQueries; ++i) {
    const auto question = message.record(DnsSection::questions, i);
    if (!question) return;
    if (is_type_wanted(records, question->type))
      events.record_due(transaction, "dns",
                        static_cast<std::uint8_t>(DnsTransaction::kOlderQuery + i),
                        Direction::to_server);
  }
}

void record(DnsTransaction& transaction, Protocol protocol, const DnsMessage& message,
            Direction direction, const DnsRecords& records, ProtocolEvents& events) noexcept {
  if (!is_dns(protocol))
    return events.record_due(transaction, rules::name_of(protocol), 0, direction);
  if (!is_wanted(records, message)) return;
  if (records.version == 2) return record_as_version_2(transaction, message, records, events);
  events.record_due(transaction, "dns", 0, direction);
}

/// RFC 1035 §2.3.3: names are compared without regard to the case of ASCII letters.
std::string_view lower_case(std::span<std::uint8_t> text) noexcept {
  for (auto& byte : text)
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<std::uint8_t>(byte + 32);
  return as_text(text);
}

void tell_message(const DnsMessage& message, Direction direction, ProtocolEvents& events) noexcept {
  constexpr std::size_t kMaxName = 255;
  constexpr std::uint16_t kTruncated = 0x0200;
  SeenDns seen{.direction = direction,
               .is_response = message.is_response(),
               .opcode = message.opcode(),
               .id = message.id(),
               .name = {},
               .num_questions = message.count(DnsSection::questions),
               .rcode = message.is_response() ? message.rcode() : std::uint16_t{0},
               .truncated = (message.flags() & kTruncated) != 0,
               .num_answers = message.count(DnsSection::answers),
               .answer_types = {},
               .message = message.bytes()};
  std::array<std::uint8_t, kMaxName> room;
  if (const auto question = message.record(DnsSection::questions, 0)) {
    seen.type = question->type;
    seen.klass = question->klass;
    const auto name = message.name_at(question->name_offset, room);
    if (!name.cut && !name.loops && !name.broken)
      seen.name = lower_case(std::span(room).first(name.text.size()));
  }
  std::array<std::uint16_t, SeenDns::kMaxTypes> types;
  for (std::uint32_t i = 0; const auto answer = message.record(DnsSection::answers, i); ++i) {
    if (i < types.size()) types[i] = answer->type;
    seen.answer_bytes += answer->rdata.size();
  }
  seen.answer_types = std::span(types).first(std::min<std::size_t>(types.size(), seen.num_answers));
  events.dns_message(seen);
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

void DnsTransaction::write_record(std::uint8_t kind,
                                  events::BoundedJsonWriter& json) const noexcept {
  if (!is_dns(protocol_)) return write_local_dns_record(message_, rules::name_of(protocol_), json);
  if (kind >= kOlderQuery) return write_dns_query(message_, kind - kOlderQuery, id(), json);
  if (kind == kOlderAnswer) return write_dns_answer(message_, json);
  write_dns_record(message_, id(), json);
}

void report_dns_message(const DnsMessage& message, Protocol protocol, std::uint64_t id,
                        Direction direction, const DnsRecords& records,
                        ProtocolEvents& events) noexcept {
  if (protocol == Protocol::dns && events.wants_dns_messages())
    tell_message(message, direction, events);
  DnsTransaction transaction(id, protocol, message);
  const auto& names = is_dns(protocol)             ? kDnsNames
                      : protocol == Protocol::mdns ? kMdnsNames
                                                   : kLlmnrNames;
  add_oddities(message, names, transaction);
  // everything of mDNS goes to one group address: no side is the server
  if (protocol != Protocol::mdns) add_direction_oddity(message, names, direction, transaction);
  transaction.set_stage(direction, kStageEnd);
  events.stage_reached(transaction, direction);
  if (!message.malformed()) record(transaction, protocol, message, direction, records, events);
  events.ended(transaction);
}

}  // namespace sekisho::engines
