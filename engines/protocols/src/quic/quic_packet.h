#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "quic/quic_crypto_door.h"

namespace sekisho::engines::quic {

using Bytes = std::span<const std::uint8_t>;

inline constexpr std::uint32_t kVersion1 = 1;
inline constexpr std::uint32_t kVersion2 = 0x6b3343cf;  // RFC 9369
inline constexpr std::uint32_t kNegotiation = 0;        // version negotiation (RFC 8999 §6)
inline constexpr std::size_t kMaxConnectionId = 20;

/// Google's own: "Q043", "T051".
constexpr bool is_google(std::uint32_t version) noexcept {
  return (version >> 16 == 0x5130 || version >> 16 == 0x5430);
}
constexpr unsigned google_number(std::uint32_t version) noexcept {
  return ((version >> 8 & 0xff) - '0') * 10 + (version & 0xff) - '0';
}

/// How a version protects its Initial packets; nullptr: not known here.
struct VersionSecrets {
  std::array<std::uint8_t, 20> salt;
  KeyLabels labels;
};
const VersionSecrets* secrets_of(std::uint32_t version) noexcept;

enum class PacketType : std::uint8_t { initial, zero_rtt, handshake, retry, negotiation, unknown };

/// A long header (RFC 9000 §17.2), as views into the datagram.
struct LongHeader {
  std::uint32_t version = 0;
  PacketType type = PacketType::unknown;
  Bytes destination, source;
  std::size_t packet_number_at = 0;  // from the packet's start
  std::size_t packet_bytes = 0;      // the whole packet; what follows is another
};
/// The first packet of `datagram`; nullopt: not a long header, or cut.
std::optional<LongHeader> parse_long_header(Bytes datagram) noexcept;

/// Plain payload of an Initial packet in `room`; nullopt: other keys, or damaged.
inline constexpr std::size_t kMaxInitialBytes = 4096;
using PlainRoom = std::array<std::uint8_t, kMaxInitialBytes>;
std::optional<Bytes> open_initial(Bytes packet, const LongHeader& header, const InitialKeys& keys,
                                  PlainRoom& room) noexcept;

/// As EVE has it: "1", "6b3343cf", "Q046".
struct VersionText {
  std::array<char, 8> room{};
  std::uint8_t size = 0;
  std::string_view view() const noexcept { return {room.data(), size}; }
};
VersionText text_of(std::uint32_t version) noexcept;

/// A variable-length integer (RFC 9000 §16).
bool read_varint(Bytes& bytes, std::uint64_t& value) noexcept;

}  // namespace sekisho::engines::quic
