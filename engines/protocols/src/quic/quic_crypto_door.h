#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho::engines::quic {

/// What protects the Initial packets of one direction (RFC 9001 §5.2). Anyone on the path can make
/// it from the first packet.
struct InitialKeys {
  std::array<std::uint8_t, 16> key;
  std::array<std::uint8_t, 12> iv;
  std::array<std::uint8_t, 16> header_protection;
};
struct KeyLabels {
  std::string_view key, iv, header_protection;  // "quic key", ...
};

/// `connection_id`: the destination of the client's first Initial packet.
struct KeyPair {
  InitialKeys client, server;
};
KeyPair derive_initial_keys(std::span<const std::uint8_t> salt, const KeyLabels& labels,
                            std::span<const std::uint8_t> connection_id) noexcept;

/// The first 5 bytes of what covers a packet's header (RFC 9001 §5.4.3). False: no cipher to be
/// had.
bool header_mask(const InitialKeys& keys, std::span<const std::uint8_t, 16> sample,
                 std::array<std::uint8_t, 5>& mask) noexcept;

/// AES-128-GCM (RFC 9001 §5.3): `sealed` ends in a tag of 16 bytes; `out` has room for the rest.
/// False: forged, or of other keys.
bool open_packet(const InitialKeys& keys, std::uint64_t packet_number,
                 std::span<const std::uint8_t> header, std::span<const std::uint8_t> sealed,
                 std::span<std::uint8_t> out) noexcept;

}  // namespace sekisho::engines::quic
