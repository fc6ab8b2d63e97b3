#include "dns/dns_message.h"

namespace sekisho::engines {
namespace {

using rules::Field;

std::optional<std::span<const std::uint8_t>> owner_name(const DnsMessage& message,
                                                        DnsSection section, std::uint32_t instance,
                                                        FieldScratch scratch) noexcept {
  const auto record = message.record(section, instance);
  if (!record) return std::nullopt;
  return message.name_at(record->name_offset, scratch).text;
}

}  // namespace

std::optional<std::span<const std::uint8_t>> dns_field_bytes(const DnsMessage& message, Field field,
                                                             std::uint32_t instance,
                                                             FieldScratch scratch) noexcept {
  switch (field) {
    case Field::dns_query:
    case Field::dns_queries_rrname:
    case Field::mdns_queries_rrname:
    case Field::llmnr_queries_rrname:
      if (field == Field::dns_query && message.is_response()) return std::nullopt;
      return owner_name(message, DnsSection::questions, instance, scratch);
    case Field::dns_answers_rrname:
    case Field::mdns_answers_rrname:
    case Field::llmnr_answers_rrname:
      return owner_name(message, DnsSection::answers, instance, scratch);
    case Field::dns_authorities_rrname:
    case Field::mdns_authorities_rrname:
    case Field::llmnr_authorities_rrname:
      return owner_name(message, DnsSection::authorities, instance, scratch);
    case Field::dns_additionals_rrname:
    case Field::mdns_additionals_rrname:
    case Field::llmnr_additionals_rrname:
      return owner_name(message, DnsSection::additionals, instance, scratch);
    case Field::dns_response_rrname:
    case Field::mdns_response_rrname:
    case Field::llmnr_response_rrname: {
      if (!message.is_response()) return std::nullopt;
      const auto offset = message.resource_name(instance);
      if (!offset) return std::nullopt;
      return message.name_at(*offset, scratch).text;
    }
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> dns_field_number(const DnsMessage& message, Field field,
                                              std::uint32_t instance) noexcept {
  switch (field) {
    case Field::dns_opcode:
      return message.opcode();
    case Field::dns_rcode:
      return message.rcode();
    case Field::dns_rrtype: {
      const auto section = message.is_response() ? DnsSection::answers : DnsSection::questions;
      const auto record = message.record(section, instance);
      if (!record) return std::nullopt;
      return record->type;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace sekisho::engines
