#include "dataplane/answers/rewrite.h"

#include <algorithm>

#include "frame_parts.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::size_t kTcpChecksum = 16, kUdpChecksum = 6, kUdpLength = 4;  // bytes into the header
constexpr std::size_t kLargestMessage = 0xffff - kIpv4Header;

void write_checksum(std::uint8_t* frame, const PacketInfo& info, std::size_t message) noexcept {
  const std::uint8_t* ip = frame + info.ip_offset;
  std::uint8_t* transport = frame + info.transport_offset;
  const bool is_udp = info.protocol == kUdp;
  std::uint8_t* checksum = transport + (is_udp ? kUdpChecksum : kTcpChecksum);
  if (is_udp && checksum[0] == 0 && checksum[1] == 0) return;
  const std::span<const std::uint8_t> addresses{ip + (info.is_ipv4 ? 12 : 8),
                                                std::size_t{info.is_ipv4 ? 8U : 32U}};
  put16(checksum, 0);
  const auto pseudo = sum16(addresses, info.protocol + static_cast<std::uint32_t>(message));
  const auto sum = fold(sum16({transport, message}, pseudo));
  put16(checksum, is_udp && sum == 0 ? 0xffff : sum);
}

}  // namespace

bool is_rewritable(const PacketInfo& info) noexcept {
  return is_plain_packet(info) && (info.protocol == kUdp || info.protocol == kTcp);
}

std::size_t replace_datagram(std::span<std::uint8_t> room, const PacketInfo& info,
                             std::span<const std::uint8_t> payload) noexcept {
  const std::size_t message = kUdpHeader + payload.size();
  const std::size_t total = info.transport_offset + message;
  if (!is_rewritable(info) || info.protocol != kUdp || total > room.size() ||
      message > kLargestMessage)
    return 0;
  std::uint8_t* ip = room.data() + info.ip_offset;
  if (info.is_ipv4) {
    put16(ip + 2, static_cast<std::uint32_t>(kIpv4Header + message));
    put16(ip + 10, 0);
    put16(ip + 10, fold(sum16({ip, kIpv4Header}, 0)));
  } else {
    put16(ip + 4, static_cast<std::uint32_t>(message));
  }
  std::uint8_t* udp = room.data() + info.transport_offset;
  put16(udp + kUdpLength, static_cast<std::uint32_t>(message));
  std::copy(payload.begin(), payload.end(), udp + kUdpHeader);
  write_checksum(room.data(), info, message);
  mend_pppoe_length(info, room.data(), total);
  return total;
}

void mend_checksum(std::span<std::uint8_t> frame, const PacketInfo& info) noexcept {
  const std::size_t end = info.payload_offset + std::size_t{info.payload_bytes};
  if (!is_rewritable(info) || end > frame.size() || info.transport_offset > info.payload_offset)
    return;
  write_checksum(frame.data(), info, end - info.transport_offset);
}

}  // namespace sekisho::dataplane
