#include "payload.h"

namespace sekisho::engines::appid {
namespace {

struct DnsHeader {
  std::uint16_t flags = 0;
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
  std::uint16_t additionals = 0;

  bool read(ByteReader& reader) noexcept {
    return reader.skip(2) && reader.be16(flags) && reader.be16(questions) && reader.be16(answers) &&
           reader.be16(authorities) && reader.be16(additionals);
  }
  bool is_response() const noexcept { return (flags & 0x8000) != 0; }
  unsigned opcode() const noexcept { return flags >> 11 & 0x0fU; }
};

/// An uncompressed name up to its root label, or a compression pointer. At most 255 bytes (RFC 1035
/// §3.1).
bool skip_name(ByteReader& reader) noexcept {
  for (unsigned used = 0; used < 255;) {
    std::uint8_t length = 0;
    if (!reader.u8(length)) return false;
    if (length == 0) return true;
    if (length >= 0xc0) return reader.skip(1);
    if (length > 63 || !reader.skip(length)) return false;
    used += 1U + length;
  }
  return false;
}

/// Types that are asked for: the assigned low ones, the meta types 249-255, CAA and its neighbours,
/// the DNSSEC trust types (IANA DNS parameters).
bool is_known_type(std::uint16_t type) noexcept {
  return (type >= 1 && type <= 110) || (type >= 249 && type <= 261) || type == 32768 ||
         type == 32769;
}

bool is_known_class(std::uint16_t dns_class) noexcept {
  const auto plain = dns_class & 0x7fffU;  // the top bit is mDNS's (RFC 6762 §5.4)
  return plain == 1 || plain == 3 || plain == 4 || plain == 254 || plain == 255;
}

bool is_question(ByteReader& reader) noexcept {
  std::uint16_t type = 0, dns_class = 0;
  return skip_name(reader) && reader.be16(type) && reader.be16(dns_class) && is_known_type(type) &&
         is_known_class(dns_class);
}

/// A record's fixed part; its data may be cut off.
bool is_record(ByteReader& reader) noexcept {
  std::uint16_t type = 0, dns_class = 0;
  return skip_name(reader) && reader.be16(type) && reader.be16(dns_class) && is_known_type(type) &&
         is_known_class(dns_class) && reader.skip(6);
}

bool is_dns_message(std::span<const std::uint8_t> message) noexcept {
  ByteReader reader(message);
  DnsHeader header;
  if (!header.read(reader)) return false;
  const bool known_opcode = header.opcode() <= 6 && header.opcode() != 3;
  const bool zero_bit = (header.flags & 0x0040) != 0;  // reserved, RFC 1035 §4.1.1
  if (!known_opcode || zero_bit || header.questions != 1) return false;
  if (header.answers > 512 || header.authorities > 512 || header.additionals > 512) return false;
  if (!header.is_response() && header.opcode() == 0 && header.answers != 0) return false;
  return is_question(reader);
}

/// NetBIOS first-level encoding (RFC 1001 §14.1): 32 letters from A to P.
bool is_encoded_netbios_name(ByteReader& reader) noexcept {
  std::uint8_t length = 0;
  std::span<const std::uint8_t> letters;
  if (!reader.u8(length) || length != 32 || !reader.take(32, letters)) return false;
  for (const auto letter : letters)
    if (letter < 'A' || letter > 'P') return false;
  return true;
}

bool is_netbios_name_service(std::span<const std::uint8_t> message) noexcept {
  ByteReader reader(message);
  DnsHeader header;
  return header.read(reader) && header.questions + header.answers >= 1 && header.questions <= 1 &&
         header.answers <= 1 && is_encoded_netbios_name(reader);
}

bool is_netbios_datagram(std::span<const std::uint8_t> message) noexcept {
  ByteReader reader(message);
  std::uint8_t type = 0, flags = 0;
  std::uint16_t source_port = 0;
  return reader.u8(type) && type >= 0x10 && type <= 0x16 && reader.u8(flags) &&
         (flags & 0xf0) == 0 && reader.skip(6) && reader.be16(source_port) && source_port == 138;
}

/// Whether a DNS message's first question begins with "2." or "1.", then `label` (with its length).
bool asks_for_version_of(std::span<const std::uint8_t> message, std::string_view label) noexcept {
  ByteReader reader(message);
  DnsHeader header;
  if (!header.read(reader) || header.questions != 1) return false;
  const auto name = as_text(reader.rest());
  return name.size() > 2 && name[0] == 1 && (name[1] == '1' || name[1] == '2') &&
         name.substr(2).starts_with(label);
}

/// A header of version 1, the shorter one.
constexpr std::size_t kLeastSlp = 12;

}  // namespace

bool is_dnscrypt(std::span<const std::uint8_t> message) noexcept {
  return asks_for_version_of(message,
                             "\x0d"
                             "dnscrypt-cert");
}

bool is_avast_securedns(std::span<const std::uint8_t> message) noexcept {
  return asks_for_version_of(message,
                             "\x09"
                             "securedns");
}

bool is_slp(Payload& payload) noexcept {
  // On its port alone: a length that may be cut over TCP, and padded over UDP.
  constexpr std::uint16_t kPort = 427;
  ByteReader reader(payload.bytes);
  std::uint8_t version = 0, function = 0, length_high = 0;
  std::uint16_t length = 0;
  if (!payload.is_on(kPort) || payload.bytes.size() < kLeastSlp || !reader.u8(version) ||
      !reader.u8(function) || function == 0 || function > 11)
    return false;
  if (version == 1)
    return reader.be16(length) && length >= kLeastSlp && length <= payload.bytes.size();
  return version == 2 && reader.u8(length_high) && length_high == 0 && reader.be16(length) &&
         length >= kLeastSlp;
}

bool is_dns_udp(Payload& payload) noexcept { return is_dns_message(payload.bytes); }

bool is_dns_tcp(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint16_t length = 0;
  return reader.be16(length) && length >= 17 && length >= reader.rest().size() &&
         is_dns_message(reader.rest());
}

bool is_mdns(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  DnsHeader header;
  if (!header.read(reader) || header.opcode() != 0) return false;
  const unsigned records = unsigned{header.answers} + header.authorities + header.additionals;
  return header.questions != 0 ? is_question(reader) : records != 0 && is_record(reader);
}

bool is_netbios(Payload& payload) noexcept {
  return is_netbios_name_service(payload.bytes) || is_netbios_datagram(payload.bytes);
}

}  // namespace sekisho::engines::appid
