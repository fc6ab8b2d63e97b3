#pragma once

#include <cstdint>
#include <span>

namespace sekisho::decrypt {

/// The sum of RFC 1071 over any bytes, not folded. Sums of pieces may be added when every piece but
/// the last has an even number of bytes.
std::uint64_t internet_sum(std::span<const std::uint8_t> bytes) noexcept;

/// Of the addresses in an IP header, the protocol TCP and `tcp_bytes` of header and payload
/// (RFC 9293 §3.1).
std::uint64_t tcp_pseudo_sum(std::span<const std::uint8_t> addresses,
                             std::uint32_t tcp_bytes) noexcept;

/// Folded to 16 bits; what a header holds is the complement.
std::uint16_t folded(std::uint64_t sum) noexcept;

inline std::uint16_t checksum_of(std::uint64_t sum) noexcept {
  return static_cast<std::uint16_t>(~folded(sum));
}

}  // namespace sekisho::decrypt
