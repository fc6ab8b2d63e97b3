#include <algorithm>
#include <array>

#include "dns/dns_json.h"
#include "dns/dns_types.h"

namespace sekisho::engines {
namespace {

using Json = events::BoundedJsonWriter;

std::string_view lower_type_name(std::uint16_t type, DnsCodeText& room) noexcept {
  DnsCodeText own{};
  const auto name = dns_type_name(type, own);
  std::size_t size = 0;
  for (const char c : name.substr(0, room.size()))
    room[size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return {room.data(), size};
}

void write_data(const DnsMessage& message, const DnsRecord& record, std::string_view key,
                Json& json) noexcept {
  switch (record.type) {
    case dns_type::kA:
    case dns_type::kAaaa: {
      std::array<char, 40> room{};
      json.member(key, dns_address_text(record.rdata, room));
      return;
    }
    case dns_type::kTxt:
      json.begin_array(key);
      for_each_dns_string(record.rdata,
                          [&](std::span<const std::uint8_t> text) { json.value(text); });
      json.end_array();
      return;
    case dns_type::kSrv:
      write_dns_srv(message, record, key, json);
      return;
    case dns_type::kSoa:
      write_dns_soa(message, record, key, json);
      return;
    case dns_type::kOpt:
      write_dns_opt(record, key, json);
      return;
    default:
      if (const auto name = DnsMessage::data_name_offset(record))
        json.member(key, DnsNameText(message, *name).bytes());
  }
}

void write_section(const DnsMessage& message, DnsSection section, std::string_view key,
                   Json& json) noexcept {
  const auto count = std::min(message.count(section), kDnsMaxShownRecords);
  if (count == 0) return;
  json.begin_array(key);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto record = message.record(section, i);
    if (!record) break;
    DnsCodeText room{};
    const auto type = lower_type_name(record->type, room);
    json.begin_object()
        .member("rrname", DnsNameText(message, record->name_offset).bytes())
        .member("rrtype", type);
    if (section != DnsSection::questions) {
      json.member("ttl", record->ttl);
      write_data(message, *record, type, json);
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace

void write_local_dns_record(const DnsMessage& message, std::string_view key, Json& json) noexcept {
  DnsCodeText rcode{};
  json.begin_object(key)
      .member("type", message.is_response() ? "response" : "request")
      .member("id", message.id());
  write_dns_flags(message, json);
  json.member("opcode", message.opcode());
  if (message.is_response()) json.member("rcode", dns_rcode_name(message.rcode(), rcode));
  write_section(message, DnsSection::questions, "queries", json);
  write_section(message, DnsSection::answers, "answers", json);
  write_section(message, DnsSection::authorities, "authorities", json);
  write_section(message, DnsSection::additionals, "additionals", json);
  json.end_object();
}

}  // namespace sekisho::engines
