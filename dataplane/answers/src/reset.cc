#include "dataplane/answers/reset.h"

#include <algorithm>
#include <cstring>

#include "frame_parts.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::size_t kTcpChecksum = 16;  // bytes into the header

struct Segment {
  std::uint32_t seq;
  std::uint32_t ack;
  std::uint8_t flags;
};

bool can_answer(const PacketInfo& info) noexcept {
  return is_plain_packet(info) && info.protocol == 6 && (info.tcp_flags & kTcpRst) == 0;
}

/// RFC 1122 §3.2.2: about nothing that was sent to many, or by nobody.
bool is_one_host(const IpAddress& address) noexcept {
  const auto* bytes = address.bytes.data();
  if (address.is_v4()) return bytes[12] != 0 && bytes[12] != 127 && bytes[12] < 224;
  return bytes[0] != 0xff && !(address == IpAddress{});
}

/// Link header and addresses of `frame`, reversed or not, around one RST.
std::size_t build(std::span<const std::uint8_t> frame, const PacketInfo& info,
                  const Segment& segment, bool reversed, std::span<std::uint8_t> out) noexcept {
  const std::size_t total = info.transport_offset + kTcpHeader;
  if (total > out.size() || total > frame.size()) return 0;
  std::memcpy(out.data(), frame.data(), total);
  std::uint8_t* tcp = out.data() + info.transport_offset;
  if (reversed) {
    turn_round(out.data(), info);
    std::swap_ranges(tcp, tcp + 2, tcp + 2);
  }
  put32(tcp + 4, segment.seq);
  put32(tcp + 8, segment.ack);
  tcp[12] = kTcpHeader / 4 << 4;
  tcp[13] = segment.flags;
  std::memset(tcp + 14, 0, 6);
  finish_packet(out.data(), info, kTcp, kTcpHeader, kTcpChecksum);
  return total;
}

std::uint32_t segment_length(const PacketInfo& info) noexcept {
  return info.payload_bytes + ((info.tcp_flags & kTcpSyn) ? 1U : 0U) +
         ((info.tcp_flags & kTcpFin) ? 1U : 0U);
}

}  // namespace

std::size_t build_reset_to_sender(std::span<const std::uint8_t> frame, const PacketInfo& info,
                                  std::span<std::uint8_t> out) noexcept {
  if (!can_answer(info)) return 0;
  const bool acknowledges = (info.tcp_flags & kTcpAck) != 0;
  const Segment segment = acknowledges
                              ? Segment{info.tcp_ack, 0, kTcpRst}
                              : Segment{0, info.tcp_seq + segment_length(info), kTcpRst | kTcpAck};
  return build(frame, info, segment, true, out);
}

std::size_t build_reset_to_receiver(std::span<const std::uint8_t> frame, const PacketInfo& info,
                                    std::span<std::uint8_t> out) noexcept {
  if (!can_answer(info) || (info.tcp_flags & kTcpSyn) != 0) return 0;
  return build(frame, info, Segment{info.tcp_seq, info.tcp_ack, kTcpRst | kTcpAck}, false, out);
}

std::size_t build_port_unreachable(std::span<const std::uint8_t> frame, const PacketInfo& info,
                                   std::span<std::uint8_t> out) noexcept {
  constexpr std::size_t kIcmpHeader = 8, kMostIpv4 = 576, kMostIpv6 = 1280;
  constexpr std::uint8_t kUdp = 17, kIcmp = 1, kIcmpv6 = 58;
  const bool to_many = frame.empty() || (frame[0] & 1) != 0;
  if (!is_plain_packet(info) || info.protocol != kUdp || to_many || !is_one_host(info.key.a) ||
      !is_one_host(info.key.b))
    return 0;
  const bool v4 = info.is_ipv4;
  const std::size_t ip_header = v4 ? kIpv4Header : kIpv6Header;
  const std::size_t datagram =
      std::size_t{info.payload_offset} + info.payload_bytes - info.ip_offset;
  const std::size_t quoted =
      std::min(datagram, (v4 ? kMostIpv4 : kMostIpv6) - ip_header - kIcmpHeader);
  const std::size_t message = kIcmpHeader + quoted;
  const std::size_t total = info.ip_offset + ip_header + message;
  if (total > out.size() || info.ip_offset + datagram > frame.size()) return 0;
  std::memcpy(out.data(), frame.data(), info.ip_offset + ip_header);
  turn_round(out.data(), info);
  std::uint8_t* ip = out.data() + info.ip_offset;
  std::uint8_t* icmp = ip + ip_header;
  std::memset(icmp, 0, kIcmpHeader);
  icmp[0] = v4 ? 3 : 1;  // destination unreachable
  icmp[1] = v4 ? 3 : 4;  // port
  std::memcpy(icmp + kIcmpHeader, frame.data() + info.ip_offset, quoted);
  std::uint32_t pseudo = 0;
  if (v4) {
    ip[1] = 0;
    put16(ip + 2, static_cast<std::uint32_t>(ip_header + message));
    put16(ip + 4, 0);
    put16(ip + 6, 0x4000);  // do not fragment
    ip[8] = kTtl;
    ip[9] = kIcmp;
    put16(ip + 10, 0);
    put16(ip + 10, fold(sum16({ip, kIpv4Header}, 0)));
  } else {
    put16(ip + 4, static_cast<std::uint32_t>(message));
    ip[6] = kIcmpv6;
    ip[7] = kTtl;
    pseudo = sum16({ip + 8, 32}, kIcmpv6 + static_cast<std::uint32_t>(message));
  }
  put16(icmp + 2, fold(sum16({icmp, message}, pseudo)));
  mend_pppoe_length(info, out.data(), total);
  return total;
}

}  // namespace sekisho::dataplane
