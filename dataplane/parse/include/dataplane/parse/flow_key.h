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
  const bool source_first =
      s_high != d_high ? s_high < d_high
                       : (s_low != d_low ? s_low < d_low : source_port <= destination_port);
  key.a = source_first ? source : destination;
  key.b = source_first ? destination : source;
  key.port_a = source_first ? source_port : destination_port;
  key.port_b = source_first ? destination_port : source_port;
  return source_first;
}

}  // namespace sekisho::dataplane
