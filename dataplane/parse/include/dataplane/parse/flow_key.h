#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/parse/packet_info.h"

namespace sekisho::dataplane {

/// Fills `key`'s two ends from a packet's direction; true when the sender became end `a`. The order
/// of the ends is lexicographic by (address bytes, port). Two equal ends: the sender is `a`.
inline bool set_ends(FlowKey& key, const IpAddress& source, std::uint16_t source_port,
                     const IpAddress& destination, std::uint16_t destination_port) noexcept {
  std::uint64_t s[2], d[2];
  std::memcpy(s, source.bytes.data(), sizeof s);
  std::memcpy(d, destination.bytes.data(), sizeof d);
  const std::uint64_t s_high = __builtin_bswap64(s[0]), d_high = __builtin_bswap64(d[0]);
  const std::uint64_t s_low = __builtin_bswap64(s[1]), d_low = __builtin_bswap64(d[1]);
  // No branches: which end is smaller is a coin toss, and every second one would be mispredicted.
  const unsigned equal_low = s_low == d_low, equal_high = s_high == d_high;
  const unsigned smaller_low = static_cast<unsigned>(s_low < d_low) |
                               (equal_low & static_cast<unsigned>(source_port <= destination_port));
  const unsigned source_first = static_cast<unsigned>(s_high < d_high) | (equal_high & smaller_low);
  const std::uint64_t swap = source_first - std::uint64_t{1};  // all ones: exchange the ends
  const std::uint64_t low = (s[1] ^ d[1]) & swap, high = (s[0] ^ d[0]) & swap;
  const std::uint64_t a[2] = {s[0] ^ high, s[1] ^ low}, b[2] = {d[0] ^ high, d[1] ^ low};
  std::memcpy(key.a.bytes.data(), a, sizeof a);
  std::memcpy(key.b.bytes.data(), b, sizeof b);
  const auto ports = static_cast<std::uint16_t>((source_port ^ destination_port) & swap);
  key.port_a = source_port ^ ports;
  key.port_b = destination_port ^ ports;
  return source_first != 0;
}

}  // namespace sekisho::dataplane
