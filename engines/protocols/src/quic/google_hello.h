#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace sekisho::engines::quic {

/// A client hello of Google's own QUIC crypto ("CHLO"), as views into the packet.
struct GoogleHello {
  std::span<const std::uint8_t> server_name;  // tag SNI
  std::span<const std::uint8_t> user_agent;   // tag UAID
  std::span<const std::uint8_t> tags;         // 8 bytes each: name, end of value
};

inline constexpr std::size_t kMaxGoogleTags = 128;  // as the protocol has it

/// `message`: from "CHLO". Values beyond its end are left out.
std::optional<GoogleHello> parse_google_hello(std::span<const std::uint8_t> message) noexcept;

/// What a packet of Q046 and before holds before its encryption begins: frames of which the one on
/// the crypto stream is looked for. `frames`: behind the message hash. `little_endian`: as
/// lengths are up to Q038.
std::optional<GoogleHello> find_google_hello(std::span<const std::uint8_t> frames,
                                             std::size_t packet_number_bytes,
                                             bool little_endian) noexcept;

}  // namespace sekisho::engines::quic
