#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/parse/packet_info.h"

namespace sekisho::dataplane {

/// Whether rewriting is possible at all: UDP or TCP in one packet, not in a tunnel, without options
/// or extension headers of IP.
bool is_rewritable(const PacketInfo& info) noexcept;

/// Puts `payload` in the place of the datagram's that begins `room`, which may be longer than the
/// frame: what stands behind the frame is room for a longer payload. Lengths and checksums follow;
/// addresses, TTL and the rest of the headers stay. Returns the frame's new length; 0, and nothing
/// was changed: the packet cannot be rewritten, it is not UDP, or there is no room.
std::size_t replace_datagram(std::span<std::uint8_t> room, const PacketInfo& info,
                             std::span<const std::uint8_t> payload) noexcept;

/// After bytes of the payload in `frame` were changed, of UDP or TCP: the checksum. UDP without one
/// (RFC 768) stays without.
void mend_checksum(std::span<std::uint8_t> frame, const PacketInfo& info) noexcept;

}  // namespace sekisho::dataplane
