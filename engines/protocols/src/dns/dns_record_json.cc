#include <algorithm>
#include <array>
#include <charconv>

#include "config/base/text_bytes.h"
#include "dns/dns_json.h"
#include "dns/dns_types.h"

namespace sekisho::engines {
namespace {

using Json = events::BoundedJsonWriter;

constexpr std::uint16_t kZFlag = 0x0040;

std::uint32_t shown(const DnsMessage& message, DnsSection section) noexcept {
  return std::min(message.count(section), kDnsMaxShownRecords);
}

/// Types whose data is one text, "rdata".
bool has_text_data(std::uint16_t type) noexcept {
  constexpr std::array kTypes{dns_type::kA,   dns_type::kAaaa, dns_type::kNs,  dns_type::kCname,
                              dns_type::kPtr, dns_type::kMx,   dns_type::kTxt, dns_type::kNull};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

/// The data of such a record, each text given to `visit`: a TXT record has several.
template <class Visit>
void for_each_text(const DnsMessage& message, const DnsRecord& record, Visit&& visit) noexcept {
  if (record.type == dns_type::kTxt) return for_each_dns_string(record.rdata, visit);
  if (record.type == dns_type::kNull) return visit(record.rdata);
  if (const auto name = DnsMessage::data_name_offset(record))
    return visit(DnsNameText(message, *name).bytes());
  std::array<char, 40> room{};
  const auto text = dns_address_text(record.rdata, room);
  visit(bytes_of(text));
}

void begin_record(const DnsMessage& message, const DnsRecord& record, Json& json) noexcept {
  DnsCodeText room{};
  json.begin_object()
      .member("rrname", DnsNameText(message, record.name_offset).bytes())
      .member("rrtype", dns_type_name(record.type, room))
      .member("ttl", record.ttl);
}

void write_record(const DnsMessage& message, const DnsRecord& record, Json& json) noexcept {
  bool written = false;
  if (has_text_data(record.type)) {
    for_each_text(message, record, [&](std::span<const std::uint8_t> text) {
      begin_record(message, record, json);
      json.member("rdata", text).end_object();
      written = true;
    });
  }
  if (written) return;
  begin_record(message, record, json);
  if (record.type == dns_type::kSoa) write_dns_soa(message, record, "soa", json);
  if (record.type == dns_type::kSrv) write_dns_srv(message, record, "srv", json);
  if (record.type == dns_type::kSshfp) write_dns_sshfp(record, "sshfp", json);
  if (record.type == dns_type::kOpt) write_dns_opt(record, "opt", json);
  json.end_object();
}

void write_section(const DnsMessage& message, DnsSection section, std::string_view key,
                   Json& json) noexcept {
  if (message.count(section) == 0) return;
  json.begin_array(key);
  for (std::uint32_t i = 0; i < shown(message, section); ++i)
    if (const auto record = message.record(section, i)) write_record(message, *record, json);
  json.end_array();
}

/// One array of the data of all answers of a type.
void write_group(const DnsMessage& message, std::uint16_t type, Json& json) noexcept {
  bool begun = false;
  const auto begin = [&] {
    DnsCodeText room{};
    if (!begun) json.begin_array(dns_type_name(type, room));
    begun = true;
  };
  for (std::uint32_t i = 0; i < shown(message, DnsSection::answers); ++i) {
    const auto record = message.record(DnsSection::answers, i);
    if (!record || record->type != type) continue;
    if (has_text_data(type)) {
      for_each_text(message, *record, [&](std::span<const std::uint8_t> text) {
        begin();
        json.value(text);
      });
    }
  }
  if (begun) json.end_array();
}

void write_groups(const DnsMessage& message, Json& json) noexcept {
  constexpr std::array kTypes{dns_type::kA,  dns_type::kAaaa, dns_type::kCname, dns_type::kMx,
                              dns_type::kNs, dns_type::kNull, dns_type::kPtr,   dns_type::kTxt};
  json.begin_object("grouped");
  for (const auto type : kTypes) write_group(message, type, json);
  json.end_object();
}

void write_question(const DnsMessage& message, const DnsRecord& question, Json& json) noexcept {
  DnsCodeText room{};
  json.member("rrname", DnsNameText(message, question.name_offset).bytes())
      .member("rrtype", dns_type_name(question.type, room));
}

void write_questions(const DnsMessage& message, Json& json) noexcept {
  if (message.count(DnsSection::questions) == 0) return;
  json.begin_array("queries");
  for (std::uint32_t i = 0; i < shown(message, DnsSection::questions); ++i) {
    const auto question = message.record(DnsSection::questions, i);
    if (!question) break;
    json.begin_object();
    write_question(message, *question, json);
    json.end_object();
  }
  json.end_array();
}

/// "flags" as hexadecimal digits and those that are set.
void write_flags(const DnsMessage& message, Json& json) noexcept {
  std::array<char, 8> flags{};
  const auto end = std::to_chars(flags.data(), flags.data() + flags.size(), message.flags(), 16);
  json.member("flags", std::string_view(flags.data(), end.ptr));
  write_dns_flags(message, json);
}

void write_resource_records(const DnsMessage& message, Json& json) noexcept {
  write_section(message, DnsSection::answers, "answers", json);
  write_section(message, DnsSection::authorities, "authorities", json);
  write_section(message, DnsSection::additionals, "additionals", json);
  if (message.is_response() && message.count(DnsSection::answers) != 0) write_groups(message, json);
}

}  // namespace

void write_dns_record(const DnsMessage& message, std::uint64_t transaction_id,
                      Json& json) noexcept {
  DnsCodeText rcode{};
  json.begin_object("dns")
      .member("version", 3)
      .member("type", message.is_response() ? "response" : "request")
      .member("tx_id", transaction_id)
      .member("id", message.id());
  write_flags(message, json);
  json.member("opcode", message.opcode()).member("rcode", dns_rcode_name(message.rcode(), rcode));
  write_questions(message, json);
  write_resource_records(message, json);
  json.end_object();
}

void write_dns_query(const DnsMessage& message, std::uint32_t index, std::uint64_t transaction_id,
                     Json& json) noexcept {
  json.begin_object("dns").member("type", "query").member("id", message.id());
  if ((message.flags() & kZFlag) != 0) json.member("z", true);
  if (const auto question = message.record(DnsSection::questions, index))
    write_question(message, *question, json);
  json.member("tx_id", transaction_id).member("opcode", message.opcode()).end_object();
}

void write_dns_answer(const DnsMessage& message, Json& json) noexcept {
  json.begin_object("dns").member("version", 2).member("type", "answer").member("id", message.id());
  write_flags(message, json);
  json.member("opcode", message.opcode());
  if (const auto question = message.record(DnsSection::questions, 0))
    write_question(message, *question, json);
  DnsCodeText rcode{};
  json.member("rcode", dns_rcode_name(message.rcode(), rcode));
  write_resource_records(message, json);
  json.end_object();
}

}  // namespace sekisho::engines
