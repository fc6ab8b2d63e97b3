#include <algorithm>
#include <array>

#include "payload.h"
#include "text_match.h"

namespace sekisho::engines::appid {
namespace {

constexpr std::uint16_t kRdpPort = 3389;

/// Behind TPKT (RFC 1006) and the fixed part of an X.224 connection request or confirm; `code` is
/// 0xe0 or 0xd0.
bool enter_x224(ByteReader& reader, std::uint8_t code) noexcept {
  std::uint8_t version = 0, reserved = 0, header_bytes = 0, found = 0;
  std::uint16_t length = 0;
  return reader.u8(version) && version == 3 && reader.u8(reserved) && reserved == 0 &&
         reader.be16(length) && length >= 11 && reader.u8(header_bytes) &&
         header_bytes + 5U == length && reader.u8(found) && found == code && reader.skip(5);
}

/// RDP_NEG_REQ, _RSP or _FAILURE: type, flags, 8 in little-endian.
bool is_rdp_negotiation(ByteReader reader, std::uint8_t first_type,
                        std::uint8_t last_type) noexcept {
  std::uint8_t type = 0;
  std::uint16_t length = 0;
  return reader.u8(type) && type >= first_type && type <= last_type && reader.skip(1) &&
         reader.be16(length) && length == 0x0800;
}

bool starts_with_bytes(std::span<const std::uint8_t> bytes, std::string_view start) noexcept {
  return as_text(bytes).starts_with(start);
}

/// Of a connection whose beginning was not seen: PINGREQ and PINGRESP are two bytes each.
bool is_mqtt_ping(Payload& payload) noexcept {
  const auto text = payload.text();
  if (payload.to_server && payload.is_first && text == std::string_view("\xc0\0", 2))
    payload.hints |= kMqttPinged;
  return !payload.to_server && text == std::string_view("\xd0\0", 2) &&
         (payload.hints & kMqttPinged) != 0;
}

bool is_mqtt_publish(Payload& payload) noexcept {
  // One message of short length that is the payload: its topic, from QoS 1 on a packet's number.
  ByteReader reader(payload.bytes);
  std::uint8_t head = 0, length = 0;
  std::uint16_t topic_bytes = 0, number = 0;
  std::span<const std::uint8_t> topic;
  if (!reader.u8(head) || head >> 4 != 3 || (head >> 1 & 3) == 3 || !reader.u8(length) ||
      length > 0x7f || length != reader.rest().size() || !reader.be16(topic_bytes) ||
      topic_bytes < 3 || !reader.take(topic_bytes, topic))
    return false;
  const auto text = as_text(topic);
  const bool is_topic =
      std::all_of(text.begin(), text.end(), is_printable) && text.find_first_of("+#") == text.npos;
  const bool is_numbered = (head >> 1 & 3) != 0 && reader.be16(number) && number != 0;
  return is_topic && is_numbered;
}

}  // namespace

bool is_smb(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint32_t header = 0, magic = 0;  // NetBIOS session message: 0 and 24 bits of length
  if (!reader.be32(header) || header >> 24 != 0 || !reader.be32(magic)) return false;
  return (magic & 0x00ffffff) == 0x00534d42 && magic >> 24 >= 0xfc;
}

bool is_rdp(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  if (!payload.to_server) return enter_x224(reader, 0xd0) && is_rdp_negotiation(reader, 0x02, 0x03);
  if (!enter_x224(reader, 0xe0)) return false;
  if (as_text(reader.rest()).starts_with("Cookie: mstshash=")) return true;
  if (is_rdp_negotiation(reader, 0x01, 0x01)) return true;
  return reader.rest().empty() && payload.server_port == kRdpPort;  // oldest clients say no more
}

bool is_telnet(Payload& payload) noexcept {
  // IAC WILL/WONT/DO/DONT option, and what follows is another command or text.
  const auto bytes = payload.bytes;
  if (!payload.is_first || bytes.size() < 3) return false;
  const bool negotiates = bytes[0] == 0xff && bytes[1] >= 0xfb && bytes[1] <= 0xfe && bytes[2] < 64;
  return negotiates && (bytes.size() == 3 || bytes[3] == 0xff || bytes[3] < 0x80);
}

bool is_stun(Payload& payload) noexcept {
  ByteReader reader(stun_message(payload.bytes));
  std::uint16_t type = 0, length = 0;
  std::uint32_t cookie = 0;
  return reader.be16(type) && type < 0x4000 && reader.be16(length) && length % 4 == 0 &&
         reader.be32(cookie) && cookie == 0x2112a442 && reader.skip(12) &&
         length >= reader.rest().size();
}

bool is_bittorrent_tcp(Payload& payload) noexcept {
  return starts_with_bytes(payload.bytes,
                           "\x13"
                           "BitTorrent protocol");
}

bool is_bittorrent_udp(Payload& payload) noexcept {
  if (payload.text().starts_with("BT-SEARCH * HTTP/1.1\r\n")) return true;  // BEP 14
  ByteReader tracker(payload.bytes);
  std::uint32_t high = 0, low = 0, action = 0;
  if (payload.bytes.size() == 16 && tracker.be32(high) && high == 0x00000417 && tracker.be32(low) &&
      low == 0x27101980 && tracker.be32(action) && action == 0)
    return true;
  // uTP ST_SYN: version 1, no delay measured yet, first sequence number, nothing acknowledged.
  ByteReader utp(payload.bytes);
  std::uint8_t type = 0, extension = 0;
  std::uint32_t delay = 0;
  std::uint16_t sequence = 0, acknowledged = 0;
  return utp.u8(type) && type == 0x41 && utp.u8(extension) && extension <= 2 && utp.skip(6) &&
         utp.be32(delay) && delay == 0 && utp.skip(4) && utp.be16(sequence) && sequence == 1 &&
         utp.be16(acknowledged) && acknowledged == 0 && payload.bytes.size() <= 40;
}

bool is_bittorrent_dht(Payload& payload) noexcept {
  const auto text = payload.text();
  if (!text.starts_with("d1:") && !text.starts_with("d2:")) return false;
  return text.ends_with('e') &&
         (text.find("1:y1:q") != text.npos || text.find("1:y1:r") != text.npos ||
          text.find("1:y1:e") != text.npos);
}

bool is_mqtt(Payload& payload) noexcept {
  if (is_mqtt_ping(payload) || is_mqtt_publish(payload)) return true;
  ByteReader reader(payload.bytes);
  std::uint8_t type = 0, part = 0;
  if (!payload.to_server || !reader.u8(type) || type != 0x10) return false;
  for (unsigned i = 0; i < 4; ++i) {  // remaining length: up to four groups of seven bits
    if (!reader.u8(part)) return false;
    if ((part & 0x80) == 0) break;
  }
  const auto name = as_text(reader.rest());
  constexpr std::string_view kMqtt("\0\4MQTT", 6), kOldName("\0\6MQIsdp", 8);
  return (part & 0x80) == 0 && (name.starts_with(kMqtt) || name.starts_with(kOldName));
}

bool is_socks(Payload& payload) noexcept {
  const auto bytes = payload.bytes;
  if (!payload.is_first || bytes.size() < 2) return false;
  if (!payload.to_server)
    return bytes.size() == 2 && bytes[0] == 5 && (payload.hints & kSocksOffered) != 0 &&
           (bytes[1] <= 2 || bytes[1] == 0xff);
  if (bytes[0] == 5) {
    if (bytes[1] != 0 && bytes.size() == 2U + bytes[1]) payload.hints |= kSocksOffered;
    return false;  // three bytes prove nothing; the server's answer does
  }
  // SOCKS 4: CONNECT or BIND, port, address, user, 0.
  return bytes[0] == 4 && (bytes[1] == 1 || bytes[1] == 2) && bytes.size() >= 9 &&
         bytes.back() == 0 && (bytes[2] != 0 || bytes[3] != 0) &&
         std::all_of(bytes.begin() + 8, bytes.end(),
                     [](auto byte) { return byte == 0 || is_printable(static_cast<char>(byte)); });
}

bool is_mysql(Payload& payload) noexcept {
  // The server's greeting: 24 bits of length (little-endian), sequence 0, protocol 10, "8.0.36\0".
  const auto bytes = payload.bytes;
  if (payload.to_server || !payload.is_first || payload.peer_spoke || bytes.size() < 12)
    return false;
  const std::size_t length = bytes[0] | std::size_t{bytes[1]} << 8 | std::size_t{bytes[2]} << 16;
  const bool framed = length + 4 == bytes.size() && bytes[3] == 0 && bytes[4] == 10;
  const auto version = as_text(bytes.subspan(5, std::min<std::size_t>(bytes.size() - 5, 64)));
  const auto end = version.find('\0');
  return framed && end != version.npos && end >= 3 && is_digit(version[0]) &&
         version.substr(0, end).find('.') != version.npos;
}

bool is_pgsql(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint32_t length = 0, code = 0;
  if (!payload.to_server || !reader.be32(length) || length != payload.bytes.size() ||
      !reader.be32(code))
    return false;
  const bool asks_for_encryption = length == 8 && (code == 80877103 || code == 80877104);
  const bool starts_up =
      code == 0x00030000 && as_text(reader.rest()).find("user") != std::string_view::npos;
  return asks_for_encryption || starts_up;
}

}  // namespace sekisho::engines::appid
