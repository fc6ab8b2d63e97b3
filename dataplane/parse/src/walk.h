#pragma once

#include <cstddef>
#include <cstdint>

#include "config/base/address.h"
#include "dataplane/parse/decode.h"

namespace sekisho::dataplane {

/// Where the general decoder is in a frame. `at` <= `end` always, and `end` is inside the frame;
/// each step checks what it needs against available() before it reads.
struct Walk {
  const std::uint8_t* frame;
  std::size_t at;   // next header
  std::size_t end;  // first byte behind the innermost layer that gave a length
  const DecodeOptions& options;
  PacketInfo& out;
  IpAddress source;  // of the innermost IP header
  IpAddress destination;
  std::uint8_t protocol = 0;  // of what is at `at`
  bool fragment = false;      // innermost header is one piece of a datagram
  // The pseudo header needs the final destination, which source routing and Mobile IPv6 hide.
  bool end_addresses_known = true;

  std::size_t available() const noexcept { return end - at; }
  const std::uint8_t* here() const noexcept { return frame + at; }
};

/// IP headers inside other IP headers.
inline constexpr unsigned kMaxTunnels = 4;
/// Offsets are 16 bits wide: headers end in the first 64 KiB of a frame.
inline constexpr std::size_t kMaxHeaderOffset = 0xffff;

// Each reads one header at `at` and moves behind it. network_layer.cc
DropReason read_ipv4(Walk& walk) noexcept;
DropReason read_ipv6(Walk& walk) noexcept;

/// Reads the transport header of walk.protocol and fills in key, kind and payload. transport.cc
DropReason read_transport(Walk& walk) noexcept;

/// Fills in the key from the packet that an ICMP error at `at` tells of. embedded.cc
DropReason read_embedded(Walk& walk, bool is_ipv4) noexcept;

/// Behind a GRE header. gre.cc
struct GreHeader {
  DropReason problem = DropReason::none;
  std::uint16_t ethertype = 0;  // kEthertypeIpv4, kEthertypeIpv6, or 0: not IP
  std::size_t bytes = 0;
};
GreHeader read_gre(const std::uint8_t* gre, std::size_t available) noexcept;

}  // namespace sekisho::dataplane
