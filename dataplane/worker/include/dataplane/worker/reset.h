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

}  // namespace sekisho::dataplane
