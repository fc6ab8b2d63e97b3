#include "quic/quic_packet.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "config/base/byte_reader.h"

namespace sekisho::engines::quic {
namespace {

constexpr KeyLabels kLabels1{"quic key", "quic iv", "quic hp"};
constexpr KeyLabels kLabels2{"quicv2 key", "quicv2 iv", "quicv2 hp"};
constexpr VersionSecrets kSecrets1{{0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                    0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
                                   kLabels1};
constexpr VersionSecrets kSecrets2{{0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                                    0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
                                   kLabels2};
constexpr VersionSecrets kSecretsDraft29{
    {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
     0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
    kLabels1};
constexpr VersionSecrets kSecretsDraft23{
    {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
     0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
    kLabels1};
constexpr VersionSecrets kSecretsQ050{{0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
                                       0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45},
                                      kLabels1};
constexpr VersionSecrets kSecretsT050{{0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
                                       0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10},
                                      kLabels1};
constexpr VersionSecrets kSecretsT051{{0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
                                       0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d},
                                      kLabels1};

PacketType type_of(std::uint8_t first, std::uint32_t version) noexcept {
  if (version == kNegotiation) return PacketType::negotiation;
  constexpr PacketType kTypes[] = {PacketType::initial, PacketType::zero_rtt, PacketType::handshake,
                                   PacketType::retry};
  const unsigned bits = first >> 4 & 3;
  return kTypes[version == kVersion2 ? (bits + 3) % 4 : bits];  // RFC 9369 §3.2
}

}  // namespace

const VersionSecrets* secrets_of(std::uint32_t version) noexcept {
  if (version == kVersion1) return &kSecrets1;
  if (version == kVersion2) return &kSecrets2;
  if (version >= 0xff00001d && version <= 0xff000022) return &kSecretsDraft29;
  if (version >= 0xff000017 && version < 0xff00001d) return &kSecretsDraft23;
  // Meta's mvfst: draft 27, and its experiments on it.
  if (version == 0xfaceb002 || version == 0xfaceb00e) return &kSecretsDraft23;
  if (version == 0x51303530) return &kSecretsQ050;
  if (version == 0x54303530) return &kSecretsT050;
  if (version == 0x54303531) return &kSecretsT051;
  return nullptr;
}

bool read_varint(Bytes& bytes, std::uint64_t& value) noexcept {
  if (bytes.empty()) return false;
  const std::size_t size = std::size_t{1} << (bytes[0] >> 6);
  if (bytes.size() < size) return false;
  value = bytes[0] & 0x3f;
  for (std::size_t i = 1; i < size; ++i) value = value << 8 | bytes[i];
  bytes = bytes.subspan(size);
  return true;
}

std::optional<LongHeader> parse_long_header(Bytes datagram) noexcept {
  ByteReader reader(datagram);
  LongHeader header;
  std::uint8_t first = 0, length = 0;
  if (!reader.u8(first) || (first & 0x80) == 0 || !reader.be32(header.version)) return std::nullopt;
  if (!reader.u8(length) || length > kMaxConnectionId || !reader.take(length, header.destination))
    return std::nullopt;
  if (!reader.u8(length) || length > kMaxConnectionId || !reader.take(length, header.source))
    return std::nullopt;
  header.type = type_of(first, header.version);
  header.packet_bytes = datagram.size();
  if (header.type == PacketType::retry || header.type == PacketType::negotiation) return header;
  Bytes rest = reader.rest();
  std::uint64_t size = 0;
  if (header.type == PacketType::initial) {
    if (!read_varint(rest, size) || size > rest.size()) return std::nullopt;
    rest = rest.subspan(static_cast<std::size_t>(size));  // token
  }
  if (!read_varint(rest, size) || size > rest.size()) return std::nullopt;
  header.packet_number_at = datagram.size() - rest.size();
  header.packet_bytes = header.packet_number_at + static_cast<std::size_t>(size);
  return header;
}

std::optional<Bytes> open_initial(Bytes packet, const LongHeader& header, const InitialKeys& keys,
                                  PlainRoom& room) noexcept {
  constexpr std::size_t kLongestNumber = 4, kSampleBytes = 16;
  const auto number_at = header.packet_number_at;
  packet = packet.first(header.packet_bytes);
  if (packet.size() > kMaxInitialBytes || packet.size() < number_at + kLongestNumber + kSampleBytes)
    return std::nullopt;
  std::array<std::uint8_t, 5> mask;
  if (!header_mask(keys, packet.subspan(number_at + kLongestNumber).first<kSampleBytes>(), mask))
    return std::nullopt;
  // The header as the sender made it is what the tag covers. It is longer than 256 bytes only with
  // a long token.
  std::array<std::uint8_t, kMaxInitialBytes> plain_header;
  const auto first = static_cast<std::uint8_t>(packet[0] ^ (mask[0] & 0x0f));
  const std::size_t number_bytes = (first & 3u) + 1;
  const auto header_bytes = number_at + number_bytes;
  std::memcpy(plain_header.data(), packet.data(), header_bytes);
  plain_header[0] = first;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < number_bytes; ++i) {
    plain_header[number_at + i] ^= mask[1 + i];
    number = number << 8 | plain_header[number_at + i];
  }
  const auto sealed = packet.subspan(header_bytes);
  constexpr std::size_t kTagBytes = 16;
  if (sealed.size() < kTagBytes ||
      !open_packet(keys, number, Bytes(plain_header).first(header_bytes), sealed, room))
    return std::nullopt;
  return Bytes(room).first(sealed.size() - kTagBytes);
}

VersionText text_of(std::uint32_t version) noexcept {
  VersionText text;
  char* const begin = text.room.data();
  if (version >> 16 == 0x5130) {
    for (unsigned i = 0; i < 4; ++i) begin[i] = static_cast<char>(version >> (24 - 8 * i));
    text.size = 4;
  } else {
    const auto end = std::to_chars(begin, begin + text.room.size(), version, 16).ptr;
    text.size = static_cast<std::uint8_t>(end - begin);
  }
  return text;
}

}  // namespace sekisho::engines::quic
