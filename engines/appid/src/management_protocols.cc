#include <algorithm>

#include "ber.h"
#include "payload.h"
#include "text_match.h"

namespace sekisho::engines::appid {
namespace {

/// Options as (code, length, data) to the very end; at least one.
bool are_dhcpv6_options(ByteReader reader) noexcept {
  bool any = false;
  while (!reader.rest().empty()) {
    std::uint16_t code = 0, length = 0;
    if (!reader.be16(code) || code == 0 || code > 255 || !reader.be16(length) ||
        !reader.skip(length))
      return false;
    any = true;
  }
  return any;
}

bool are_radius_attributes(ByteReader reader) noexcept {
  while (!reader.rest().empty()) {
    std::uint8_t type = 0, length = 0;
    if (!reader.u8(type) || type == 0 || !reader.u8(length) || length < 2 ||
        !reader.skip(length - 2U))
      return false;
  }
  return true;
}

bool is_kerberos_message(std::span<const std::uint8_t> message) noexcept {
  if (message.empty()) return false;
  const auto tag = message[0];
  const bool request = tag == 0x6a || tag == 0x6c;               // AS-REQ, TGS-REQ
  const bool reply = tag == 0x6b || tag == 0x6d || tag == 0x7e;  // AS-REP, TGS-REP, ERROR
  if (!request && !reply) return false;
  ByteReader reader(message);
  std::uint32_t length = 0, version = 0;
  const std::uint8_t version_tag = request ? 0xa1 : 0xa0;
  return enter_ber(reader, tag, length) && enter_ber(reader, 0x30, length) &&
         enter_ber(reader, version_tag, length) && read_ber_integer(reader, version) &&
         version == 5;
}

}  // namespace

bool is_dhcp(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint8_t operation = 0, hardware = 0, hardware_bytes = 0;
  std::uint32_t cookie = 0;
  return reader.u8(operation) && (operation == 1 || operation == 2) && reader.u8(hardware) &&
         hardware != 0 && reader.u8(hardware_bytes) && hardware_bytes <= 16 && reader.skip(233) &&
         reader.be32(cookie) && cookie == 0x63825363;
}

bool is_dhcpv6(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint8_t type = 0;
  if (!reader.u8(type) || type == 0 || type > 36) return false;
  const bool is_relayed = type == 12 || type == 13;  // hop count, link and peer address
  return reader.skip(is_relayed ? 33 : 3) && are_dhcpv6_options(reader);
}

bool is_ntp(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint8_t first = 0, second = 0;
  if (!reader.u8(first) || !reader.u8(second)) return false;
  const unsigned version = first >> 3 & 7U, mode = first & 7U;
  if (mode == 6) return version >= 2 && version <= 4 && payload.bytes.size() >= 12;  // ntpq
  if (mode == 7) return version >= 2 && version <= 4 && payload.bytes.size() >= 8;   // ntpdc
  const bool has_size = payload.bytes.size() >= 48 && payload.bytes.size() % 4 == 0;
  return has_size && version >= 1 && version <= 4 && mode >= 1 && mode <= 5 && second <= 16;
}

bool is_snmp(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint32_t length = 0, version = 0;
  if (!enter_ber(reader, 0x30, length) || length != reader.rest().size() ||
      !read_ber_integer(reader, version))
    return false;
  if (version == 3) return enter_ber(reader, 0x30, length) && length <= reader.rest().size();
  if (version > 1 || !enter_ber(reader, 0x04, length) || !reader.skip(length)) return false;
  std::uint8_t operation = 0;
  return reader.u8(operation) && operation >= 0xa0 && operation <= 0xa8;
}

bool is_tftp(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint16_t operation = 0;
  if (!reader.be16(operation) || (operation != 1 && operation != 2)) return false;
  const auto text = as_text(reader.rest());
  const auto name_end = text.find('\0');
  if (name_end == text.npos || name_end == 0) return false;
  const auto mode = text.substr(name_end + 1);
  const auto ends = [&](std::string_view word) {
    return starts_with_ignoring_case(mode, word) && mode.size() > word.size() &&
           mode[word.size()] == '\0';
  };
  return ends("OCTET") || ends("NETASCII") || ends("MAIL");
}

bool is_radius(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint8_t code = 0;
  std::uint16_t length = 0;
  if (!reader.u8(code) || !reader.skip(1) || !reader.be16(length) || !reader.skip(16)) return false;
  const bool known =
      (code >= 1 && code <= 5) || (code >= 11 && code <= 13) || (code >= 40 && code <= 45);
  return known && length == payload.bytes.size() && are_radius_attributes(reader);
}

bool is_ldap(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint32_t length = 0, value = 0;
  if (!enter_ber(reader, 0x30, length) || !read_ber_integer(reader, value)) return false;
  if (reader.rest().empty()) return false;
  const auto operation = reader.rest()[0];
  if (!enter_ber(reader, operation, length)) return false;
  switch (operation) {
    case 0x60:  // bind request: version, name
      return read_ber_integer(reader, value) && (value == 2 || value == 3) &&
             enter_ber(reader, 0x04, length);
    case 0x61:  // bind response: a result code, the matched name
      return enter_ber(reader, 0x0a, length) && length == 1 && reader.skip(1) &&
             enter_ber(reader, 0x04, length);
    case 0x63:  // search request: base object, scope
      return enter_ber(reader, 0x04, length) && reader.skip(length) &&
             enter_ber(reader, 0x0a, length) && length == 1;
    case 0x77: {  // extended request: an object identifier in text (STARTTLS)
      std::span<const std::uint8_t> oid;
      return enter_ber(reader, 0x80, length) && reader.take(length, oid) &&
             as_text(oid).starts_with("1.3.6.1.4.1.");
    }
    default:
      return false;
  }
}

bool is_krb5_udp(Payload& payload) noexcept { return is_kerberos_message(payload.bytes); }

bool is_krb5_tcp(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint32_t length = 0;
  return reader.be32(length) && length >= reader.rest().size() && length < 0x100000 &&
         is_kerberos_message(reader.rest());
}

bool is_z3950(Payload& payload) noexcept {
  // InitializeRequest [20] or -Response [21]: protocol version [3], options [4], both bit strings.
  ByteReader reader(payload.bytes);
  std::uint32_t length = 0;
  const std::uint8_t tag = payload.to_server ? 0xb4 : 0xb5;
  if (!enter_ber(reader, tag, length) || length != reader.rest().size()) return false;
  if (!reader.rest().empty() && reader.rest()[0] == 0x82) {  // a reference of the client's, [2]
    if (!enter_ber(reader, 0x82, length) || !reader.skip(length)) return false;
  }
  return enter_ber(reader, 0x83, length) && length >= 2 && length <= 3 && reader.skip(length) &&
         enter_ber(reader, 0x84, length) && length >= 2 && length <= 5;
}

bool is_bgp(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::span<const std::uint8_t> marker;
  std::uint16_t length = 0;
  std::uint8_t type = 0;
  return reader.take(16, marker) &&
         std::all_of(marker.begin(), marker.end(), [](auto byte) { return byte == 0xff; }) &&
         reader.be16(length) && length >= 19 && length <= 4096 && reader.u8(type) && type >= 1 &&
         type <= 5;
}

}  // namespace sekisho::engines::appid
