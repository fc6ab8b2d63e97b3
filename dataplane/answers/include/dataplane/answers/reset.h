#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/parse/packet_info.h"

namespace sekisho::dataplane {

/// The largest frame the builders write: Ethernet, tags, PPPoE, IPv6 without extensions, TCP.
inline constexpr std::size_t kMaxResetBytes = 192;

/// Writes a TCP RST that answers the segment in `frame` to its sender, as the far end would (RFC
/// 9293 §3.5.2): link header turned round, tags kept. Returns its length; 0 when the frame cannot
/// be answered (not TCP, itself a RST, inside a tunnel, extension headers, `out` too small).
std::size_t build_reset_to_sender(std::span<const std::uint8_t> frame, const PacketInfo& info,
                                  std::span<std::uint8_t> out) noexcept;

/// Writes a RST in the name of the segment's sender to its receiver, in place of the segment.
std::size_t build_reset_to_receiver(std::span<const std::uint8_t> frame, const PacketInfo& info,
                                    std::span<std::uint8_t> out) noexcept;

/// The largest ICMP error: link header, and what IPv6 carries everywhere (RFC 4443 §2.4 c).
inline constexpr std::size_t kMaxUnreachableBytes = 64 + 1280;

/// Writes an ICMP or ICMPv6 port unreachable (RFC 792, RFC 4443 §3.1) in the name of the datagram's
/// receiver to its sender, with as much of it as fits (IPv4: 576 bytes, RFC 1812 §4.3.2.3). Returns
/// its length; 0 when the frame must not be answered (not UDP, a fragment, inside a tunnel,
/// options or extension headers, to or from other than one host, `out` too small).
std::size_t build_port_unreachable(std::span<const std::uint8_t> frame, const PacketInfo& info,
                                   std::span<std::uint8_t> out) noexcept;

}  // namespace sekisho::dataplane
