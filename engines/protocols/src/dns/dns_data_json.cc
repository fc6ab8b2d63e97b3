#include <algorithm>
#include <array>
#include <charconv>

#include "config/base/byte_reader.h"
#include "dns/dns_json.h"

namespace sekisho::engines {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

char* put_hex(char* at, std::uint8_t byte) noexcept {
  *at++ = kHexDigits[byte >> 4];
  *at++ = kHexDigits[byte & 15];
  return at;
}

}  // namespace

std::string_view dns_address_text(std::span<const std::uint8_t> rdata,
                                  std::span<char> room) noexcept {
  char* at = room.data();
  char* const end = at + room.size();
  if (rdata.size() == 4 && room.size() >= 15) {
    for (std::size_t i = 0; i < 4; ++i) {
      if (i != 0) *at++ = '.';
      at = std::to_chars(at, end, rdata[i]).ptr;
    }
  } else if (rdata.size() == 16 && room.size() >= 39) {
    for (std::size_t i = 0; i < 16; ++i) {
      if (i != 0 && i % 2 == 0) *at++ = ':';
      at = put_hex(at, rdata[i]);
    }
  }
  return {room.data(), at};
}

bool write_dns_soa(const DnsMessage& message, const DnsRecord& record, std::string_view key,
                   events::BoundedJsonWriter& json) noexcept {
  const auto server_bytes = message.name_bytes_at(record.rdata_offset);
  if (server_bytes == 0 || server_bytes >= record.rdata.size()) return false;
  const auto mailbox_offset = record.rdata_offset + server_bytes;
  const auto mailbox_bytes = message.name_bytes_at(mailbox_offset);
  if (mailbox_bytes == 0 || server_bytes + mailbox_bytes > record.rdata.size()) return false;
  ByteReader reader(record.rdata.subspan(server_bytes + mailbox_bytes));
  std::array<std::uint32_t, 5> numbers{};
  for (auto& number : numbers)
    if (!reader.be32(number)) return false;
  json.begin_object(key)
      .member("mname", DnsNameText(message, record.rdata_offset).bytes())
      .member("rname", DnsNameText(message, mailbox_offset).bytes())
      .member("serial", numbers[0])
      .member("refresh", numbers[1])
      .member("retry", numbers[2])
      .member("expire", numbers[3])
      .member("minimum", numbers[4])
      .end_object();
  return true;
}

bool write_dns_srv(const DnsMessage& message, const DnsRecord& record, std::string_view key,
                   events::BoundedJsonWriter& json) noexcept {
  ByteReader reader(record.rdata);
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  if (!reader.be16(priority) || !reader.be16(weight) || !reader.be16(port)) return false;
  json.begin_object(key)
      .member("priority", priority)
      .member("weight", weight)
      .member("port", port)
      .member("name", DnsNameText(message, record.rdata_offset + 6).bytes())
      .end_object();
  return true;
}

bool write_dns_sshfp(const DnsRecord& record, std::string_view key,
                     events::BoundedJsonWriter& json) noexcept {
  constexpr std::size_t kMaxDigest = 64;
  if (record.rdata.size() < 2) return false;
  const auto digest = record.rdata.subspan(2).first(std::min(record.rdata.size() - 2, kMaxDigest));
  std::array<char, 3 * kMaxDigest> text{};
  char* at = text.data();
  for (const auto byte : digest) {
    if (at != text.data()) *at++ = ':';
    at = put_hex(at, byte);
  }
  json.begin_object(key)
      .member("fingerprint", std::string_view(text.data(), at))
      .member("algo", record.rdata[0])
      .member("type", record.rdata[1])
      .end_object();
  return true;
}

void write_dns_opt(const DnsRecord& record, std::string_view key,
                   events::BoundedJsonWriter& json) noexcept {
  constexpr std::size_t kMaxShown = 256;  // bytes of an option's data
  json.begin_array(key);
  ByteReader reader(record.rdata);
  std::uint16_t code = 0;
  std::uint16_t length = 0;
  std::span<const std::uint8_t> data;
  while (reader.be16(code) && reader.be16(length) && reader.take(length, data)) {
    std::array<char, 2 * kMaxShown> text{};
    char* at = text.data();
    for (const auto byte : data.first(std::min(data.size(), kMaxShown))) at = put_hex(at, byte);
    json.begin_object()
        .member("code", code)
        .member("data", std::string_view(text.data(), at))
        .end_object();
  }
  json.end_array();
}

void write_dns_flags(const DnsMessage& message, events::BoundedJsonWriter& json) noexcept {
  struct Flag {
    std::string_view name;
    std::uint16_t bit;
  };
  constexpr std::array kFlags{Flag{"qr", 0x8000}, Flag{"aa", 0x0400}, Flag{"tc", 0x0200},
                              Flag{"rd", 0x0100}, Flag{"ra", 0x0080}, Flag{"z", 0x0040}};
  for (const auto& flag : kFlags)
    if ((message.flags() & flag.bit) != 0) json.member(flag.name, true);
}

}  // namespace sekisho::engines
