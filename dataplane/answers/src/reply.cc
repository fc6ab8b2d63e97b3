#include "dataplane/answers/reply.h"

#include <algorithm>
#include <cstring>

#include "config/base/byte_reader.h"
#include "frame_parts.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::size_t kTcpChecksum = 16, kUdpChecksum = 6;  // bytes into the header
constexpr std::size_t kTimestampsOption = 12;               // two NOPs before it
constexpr std::uint16_t kWindow = 0xffff;
constexpr std::uint32_t kTimestampLead = 1 << 16;  // a minute of the usual clock

struct Timestamps {
  std::uint32_t value = 0;
  std::uint32_t echo = 0;
};

/// RFC 7323 §3.2: kind 8, length 10.
std::optional<Timestamps> timestamps_of(std::span<const std::uint8_t> options) noexcept {
  constexpr std::uint8_t kEnd = 0, kNop = 1, kTimestamps = 8, kLength = 10;
  ByteReader reader(options);
  std::uint8_t kind = 0, length = 0;
  while (reader.u8(kind) && kind != kEnd) {
    if (kind == kNop) continue;
    if (!reader.u8(length) || length < 2) return std::nullopt;
    Timestamps found;
    if (kind == kTimestamps && length == kLength)
      return reader.be32(found.value) && reader.be32(found.echo) ? std::optional(found)
                                                                 : std::nullopt;
    if (!reader.skip(length - std::size_t{2})) return std::nullopt;
  }
  return std::nullopt;
}

/// The options of the segment in `frame`; empty when there are none.
std::span<const std::uint8_t> options_of(std::span<const std::uint8_t> frame,
                                         const PacketInfo& info) noexcept {
  const std::size_t begin = info.transport_offset + kTcpHeader;
  if (info.payload_offset <= begin || info.payload_offset > frame.size()) return {};
  return frame.subspan(begin, info.payload_offset - begin);
}

}  // namespace

std::size_t build_segment_to_sender(std::span<const std::uint8_t> frame, const PacketInfo& info,
                                    const ReplySegment& segment,
                                    std::span<std::uint8_t> out) noexcept {
  if (!is_plain_packet(info) || info.protocol != kTcp) return 0;
  const std::size_t copied = info.transport_offset + kTcpHeader;
  if (copied > frame.size()) return 0;
  const auto timestamps = timestamps_of(options_of(frame, info));
  const std::size_t header = kTcpHeader + (timestamps ? kTimestampsOption : 0);
  const std::size_t message = header + segment.payload.size();
  const std::size_t total = info.transport_offset + message;
  if (total > out.size()) return 0;
  std::memcpy(out.data(), frame.data(), copied);
  turn_round(out.data(), info);
  std::uint8_t* tcp = out.data() + info.transport_offset;
  std::swap_ranges(tcp, tcp + 2, tcp + 2);
  put32(tcp + 4, segment.seq);
  put32(tcp + 8, segment.ack);
  tcp[12] = static_cast<std::uint8_t>(header / 4 << 4);
  tcp[13] = segment.flags;
  put16(tcp + 14, kWindow);
  put16(tcp + 18, 0);  // urgent pointer
  if (timestamps) {
    // Ahead of the peer's last value that the sender had seen: newer ones may have reached it
    // since, and what is older than those is not taken (RFC 7323 §5).
    put32(tcp + kTcpHeader, 0x0101080a);
    put32(tcp + kTcpHeader + 4, timestamps->echo + kTimestampLead);
    put32(tcp + kTcpHeader + 8, timestamps->value);
  }
  std::copy(segment.payload.begin(), segment.payload.end(), tcp + header);
  finish_packet(out.data(), info, kTcp, message, kTcpChecksum);
  return total;
}

std::size_t build_datagram_to_sender(std::span<const std::uint8_t> frame, const PacketInfo& info,
                                     std::span<const std::uint8_t> payload,
                                     std::span<std::uint8_t> out) noexcept {
  const bool to_many = frame.empty() || (frame[0] & 1) != 0;
  const std::size_t copied = info.transport_offset + kUdpHeader;
  if (!is_plain_packet(info) || info.protocol != kUdp || to_many || copied > frame.size()) return 0;
  const std::size_t message = kUdpHeader + payload.size();
  const std::size_t total = info.transport_offset + message;
  if (total > out.size()) return 0;
  std::memcpy(out.data(), frame.data(), copied);
  turn_round(out.data(), info);
  std::uint8_t* udp = out.data() + info.transport_offset;
  std::swap_ranges(udp, udp + 2, udp + 2);
  put16(udp + 4, static_cast<std::uint32_t>(message));
  std::copy(payload.begin(), payload.end(), udp + kUdpHeader);
  finish_packet(out.data(), info, kUdp, message, kUdpChecksum);
  // RFC 768: zero would say that there is no checksum.
  if (udp[kUdpChecksum] == 0 && udp[kUdpChecksum + 1] == 0) put16(udp + kUdpChecksum, 0xffff);
  return total;
}

}  // namespace sekisho::dataplane
