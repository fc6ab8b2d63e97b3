#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/parse/packet_info.h"

namespace sekisho::dataplane {

/// Payload of one segment of an answer. With headers it fits the smallest link that IPv6 knows
/// (1280 bytes, RFC 8200 §5), and so tunnels, PPPoE and every usual maximum segment size, which
/// the flow's record does not keep.
inline constexpr std::size_t kAnswerSegmentBytes = 1200;

/// The largest frame the builders write: what a RST takes at most, timestamps, and a payload.
inline constexpr std::size_t kMaxReplyBytes = 192 + 12 + kAnswerSegmentBytes;

/// One segment in the name of the end that the frame at hand was sent to.
struct ReplySegment {
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint8_t flags = 0;  // kTcpAck and others
  std::span<const std::uint8_t> payload{};
};

/// Writes `segment` as a frame to the sender of `frame`: link header turned round, tags kept.
/// Timestamps (RFC 7323 §3.2) are answered where the sender uses them, ahead of the other end's:
/// some ends drop segments without, and all drop older ones. Returns its length; 0 when the frame
/// cannot be answered (not TCP, inside a tunnel, options or extension headers of IP, `out` too
/// small).
std::size_t build_segment_to_sender(std::span<const std::uint8_t> frame, const PacketInfo& info,
                                    const ReplySegment& segment,
                                    std::span<std::uint8_t> out) noexcept;

/// Writes a UDP datagram with `payload` to the sender of the one in `frame`, from the address and
/// port that it asked. Returns its length; 0 as above, and for groups and broadcasts.
std::size_t build_datagram_to_sender(std::span<const std::uint8_t> frame, const PacketInfo& info,
                                     std::span<const std::uint8_t> payload,
                                     std::span<std::uint8_t> out) noexcept;

}  // namespace sekisho::dataplane
