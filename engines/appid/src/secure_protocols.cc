#include "payload.h"

namespace sekisho::engines::appid {
namespace {

constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kClientHello = 1, kServerHello = 2, kHelloVerifyRequest = 3;

/// "Q043", "T051".
bool is_google_version(std::uint32_t version) noexcept {
  const auto family = version >> 16, tens = version >> 8 & 0xff, ones = version & 0xff;
  return (family == 0x5130 || family == 0x5430) && tens >= '0' && tens <= '9' && ones >= '0' &&
         ones <= '9';
}

/// IETF versions and drafts, and the two large deployments that came before them.
bool is_quic_version(std::uint32_t version) noexcept {
  const auto low = version & 0xff;
  const bool is_draft = version >> 8 == 0xff0000 && low >= 22 && low <= 34;
  const bool is_mvfst = version >> 8 == 0xfaceb0 && low <= 0x0f;
  return version == 1 || version == 0x6b3343cf || is_draft || is_mvfst ||
         is_google_version(version);
}

/// Google's Q044 to Q046: both lengths of connection ids in one byte.
bool is_google_long(ByteReader reader) noexcept {
  std::uint8_t first = 0, lengths = 0;
  std::uint32_t version = 0;
  return reader.u8(first) && (first & 0xc0) == 0xc0 && reader.be32(version) &&
         version >= 0x51303434 && version <= 0x51303436 && reader.u8(lengths) &&
         (lengths == 0x50 || lengths == 0x05) && !reader.rest().empty();
}

/// Google's versions up to Q043: flags that say that a version follows a connection id of 8 bytes.
bool is_google_public(ByteReader reader) noexcept {
  std::uint8_t flags = 0;
  std::uint32_t version = 0;
  return reader.u8(flags) && (flags & 0xc9) == 0x09 && reader.skip(8) && reader.be32(version) &&
         is_google_version(version) && !reader.rest().empty();
}

bool is_ike_message(ByteReader reader, std::size_t message_bytes) noexcept {
  std::uint32_t initiator_high = 0, initiator_low = 0, length = 0;
  std::uint8_t version = 0, exchange = 0, flags = 0;
  if (!reader.be32(initiator_high) || !reader.be32(initiator_low) || !reader.skip(8) ||
      !reader.skip(1) || !reader.u8(version) || !reader.u8(exchange) || !reader.u8(flags) ||
      !reader.skip(4) || !reader.be32(length))
    return false;
  const bool v1 = version == 0x10 && (exchange <= 6 || exchange == 32 || exchange == 33);
  const bool v2 = version == 0x20 && exchange >= 34 && exchange <= 43 && (flags & 0xc7) == 0;
  return (initiator_high != 0 || initiator_low != 0) && (v1 || v2) && length == message_bytes;
}

/// The first message of either end: P_CONTROL_HARD_RESET_CLIENT_V2 or ..._SERVER_V2, key id 0.
/// RESET_CLIENT_V3 is tls-crypt-v2's.
constexpr std::uint8_t kOpenvpnClientReset = 7 << 3, kOpenvpnServerReset = 8 << 3,
                       kOpenvpnClientResetV3 = 10 << 3;
constexpr std::size_t kOpenvpnPlainReset = 14;  // opcode, session id, no acks, packet id 0

/// The server's reset where its client was not heard: one acknowledgement of packet 0 with the
/// client's session id, and packet id 0.
bool is_openvpn_answer(std::span<const std::uint8_t> message) noexcept {
  constexpr std::size_t kPlainAnswer = 26;
  if (message.size() != kPlainAnswer || message[9] != 1) return false;
  for (const unsigned i : {10U, 11U, 12U, 13U, 22U, 23U, 24U, 25U})
    if (message[i] != 0) return false;
  return true;
}

bool is_openvpn_message(Payload& payload, std::span<const std::uint8_t> message) noexcept {
  if (!payload.is_first || message.size() < kOpenvpnPlainReset) return false;
  if (message[0] == kOpenvpnServerReset && is_openvpn_answer(message)) return true;
  if (payload.to_server) {
    if (message[0] != kOpenvpnClientReset && message[0] != kOpenvpnClientResetV3) return false;
    payload.hints |= kOpenvpnOffered;
    if (message.size() != kOpenvpnPlainReset) return false;
    for (const auto byte : message.subspan(9))
      if (byte != 0) return false;
    return true;
  }
  return message[0] == kOpenvpnServerReset && (payload.hints & kOpenvpnOffered) != 0;
}

}  // namespace

bool is_tls(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint8_t type = 0, major = 0, minor = 0, message = 0, length_high = 0;
  std::uint16_t record_bytes = 0;
  return reader.u8(type) && type == kHandshake && reader.u8(major) && major == 3 &&
         reader.u8(minor) && minor <= 4 && reader.be16(record_bytes) && record_bytes >= 4 &&
         record_bytes <= 16384 && reader.u8(message) &&
         (message == kClientHello || message == kServerHello) && reader.u8(length_high) &&
         length_high <= 1;
}

bool is_tls_record(Payload& payload) noexcept {
  // Records to the payload's end, the last of which may be cut; hellos are is_tls()'s.
  constexpr std::uint8_t kChangeCipher = 20, kApplicationData = 23;
  constexpr std::uint16_t kMostBytes = 16384 + 2048;  // RFC 5246 §6.2.3
  ByteReader reader(payload.bytes);
  while (!reader.rest().empty()) {
    std::uint8_t type = 0, major = 0, minor = 0;
    std::uint16_t record_bytes = 0;
    if (!reader.u8(type) || type < kChangeCipher || type > kApplicationData || !reader.u8(major) ||
        major != 3 || !reader.u8(minor) || minor > 3 || !reader.be16(record_bytes) ||
        record_bytes == 0 || record_bytes > kMostBytes)
      return false;
    if (!reader.skip(record_bytes)) return type == kApplicationData && record_bytes > 64;
  }
  return payload.bytes.size() > 5;
}

bool is_dtls(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint8_t type = 0, message = 0;
  std::uint16_t version = 0, epoch = 0, record_bytes = 0;
  return reader.u8(type) && type == kHandshake && reader.be16(version) &&
         (version == 0xfeff || version == 0xfefd) && reader.be16(epoch) && epoch == 0 &&
         reader.skip(6) && reader.be16(record_bytes) && record_bytes >= 12 &&
         record_bytes <= reader.rest().size() && reader.u8(message) &&
         (message == kClientHello || message == kServerHello || message == kHelloVerifyRequest);
}

bool is_quic(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  if (payload.to_server && (is_google_public(reader) || is_google_long(reader))) return true;
  std::uint8_t first = 0, destination_bytes = 0, source_bytes = 0;
  std::uint32_t version = 0;
  if (!reader.u8(first) || (first & 0x80) == 0 || !reader.be32(version)) return false;
  if (!reader.u8(destination_bytes) || destination_bytes > 20 || !reader.skip(destination_bytes) ||
      !reader.u8(source_bytes) || source_bytes > 20 || !reader.skip(source_bytes))
    return false;
  if (version == 0) {  // version negotiation: the server's list of versions
    std::uint32_t offered = 0;
    return !payload.to_server && payload.peer_spoke && reader.rest().size() % 4 == 0 &&
           reader.be32(offered);
  }
  return (first & 0x40) != 0 && is_quic_version(version) && !reader.rest().empty();
}

bool is_ike(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  if (is_ike_message(reader, payload.bytes.size())) return true;
  std::uint32_t non_esp_marker = 0;  // RFC 3948 §2.2
  return reader.be32(non_esp_marker) && non_esp_marker == 0 &&
         is_ike_message(reader, payload.bytes.size() - 4);
}

bool is_wireguard(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint32_t type = 0;
  if (!reader.be32(type)) return false;
  if (type == 0x04000000) {  // transport data: receiver, a counter that is small, whole blocks
    std::uint32_t counter_high = 0;
    return payload.bytes.size() >= 32 && payload.bytes.size() % 16 == 0 && reader.skip(8) &&
           reader.be32(counter_high) && counter_high == 0;
  }
  return (type == 0x01000000 && payload.bytes.size() == 148) ||
         (type == 0x02000000 && payload.bytes.size() == 92);
}

bool is_openvpn_udp(Payload& payload) noexcept {
  return is_openvpn_message(payload, payload.bytes);
}

bool is_openvpn_tcp(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint16_t length = 0;
  return reader.be16(length) && length == reader.rest().size() &&
         is_openvpn_message(payload, reader.rest());
}

}  // namespace sekisho::engines::appid
