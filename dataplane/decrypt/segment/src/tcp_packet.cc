#include "dataplane/decrypt/segment/tcp_packet.h"

#include <algorithm>

#include "dataplane/decrypt/segment/checksum.h"
#include "dataplane/decrypt/segment/wire_number.h"

namespace sekisho::decrypt {
namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kEndOfOptions = 0, kNop = 1, kMss = 2, kWindowScale = 3, kSackPermitted = 4,
                       kTimestamps = 8;
constexpr std::uint8_t kLargestScale = 14;  // RFC 7323 §2.3

PacketProblem read_ipv4(std::span<const std::uint8_t> packet, TcpPacket& out) noexcept {
  if (packet.size() < kIpv4HeaderBytes) return PacketProblem::truncated;
  const std::size_t header = std::size_t{packet[0]} % 16 * 4;
  const std::size_t total = load16(&packet[2]);
  if (header < kIpv4HeaderBytes || total < header) return PacketProblem::bad_length;
  if (total > packet.size()) return PacketProblem::truncated;
  if (total < packet.size()) return PacketProblem::bad_length;
  if ((load16(&packet[6]) & 0x3fff) != 0) return PacketProblem::fragment;
  if (packet[9] != kTcp) return PacketProblem::other_protocol;
  if (checksum_of(internet_sum(packet.first(header))) != 0) return PacketProblem::bad_ip_checksum;
  out.is_ipv4 = true;
  out.tcp_offset = static_cast<std::uint32_t>(header);
  return PacketProblem::none;
}

PacketProblem read_ipv6(std::span<const std::uint8_t> packet, TcpPacket& out) noexcept {
  if (packet.size() < kIpv6HeaderBytes) return PacketProblem::truncated;
  const std::size_t total = kIpv6HeaderBytes + load16(&packet[4]);
  if (total > packet.size()) return PacketProblem::truncated;
  if (total < packet.size()) return PacketProblem::bad_length;
  if (packet[6] != kTcp) return PacketProblem::other_protocol;
  out.tcp_offset = kIpv6HeaderBytes;
  return PacketProblem::none;
}

}  // namespace

PacketProblem read_tcp_packet(std::span<const std::uint8_t> packet, TcpPacket& out) noexcept {
  if (packet.empty()) return PacketProblem::truncated;
  TcpPacket found;
  const unsigned version = packet[0] >> 4;
  if (version != 4 && version != 6) return PacketProblem::not_ip;
  const auto problem = version == 4 ? read_ipv4(packet, found) : read_ipv6(packet, found);
  if (problem != PacketProblem::none) return problem;
  const auto tcp = packet.subspan(found.tcp_offset);
  if (tcp.size() < kTcpHeaderBytes) return PacketProblem::truncated;
  const std::size_t header = std::size_t{tcp[12]} / 16 * 4;
  if (header < kTcpHeaderBytes) return PacketProblem::bad_length;
  if (header > tcp.size()) return PacketProblem::truncated;
  found.payload_offset = found.tcp_offset + static_cast<std::uint32_t>(header);
  found.payload_bytes = static_cast<std::uint32_t>(tcp.size() - header);
  found.seq = load32(&tcp[4]);
  found.ack = load32(&tcp[8]);
  found.flags = tcp[13];
  found.window = load16(&tcp[14]);
  out = found;
  return PacketProblem::none;
}

std::span<const std::uint8_t> addresses_of(std::span<const std::uint8_t> packet,
                                           const TcpPacket& at) noexcept {
  return at.is_ipv4 ? packet.subspan(12, 8) : packet.subspan(8, 32);
}

bool has_good_checksum(std::span<const std::uint8_t> packet, const TcpPacket& at) noexcept {
  const auto tcp = packet.subspan(at.tcp_offset, at.tcp_bytes());
  return checksum_of(tcp_pseudo_sum(addresses_of(packet, at), at.tcp_bytes()) +
                     internet_sum(tcp)) == 0;
}

void mend_ip_header(std::uint8_t* packet, bool is_ipv4, std::uint32_t tcp_offset,
                    std::uint32_t total_bytes) noexcept {
  if (!is_ipv4)
    return store16(packet + 4, total_bytes - static_cast<std::uint32_t>(kIpv6HeaderBytes));
  store16(packet + 2, total_bytes);
  store16(packet + 10, 0);
  store16(packet + 10, checksum_of(internet_sum({packet, tcp_offset})));
}

bool read_tcp_options(std::span<const std::uint8_t> options, TcpOptions& out) noexcept {
  while (!options.empty() && options[0] != kEndOfOptions) {
    if (options[0] == kNop) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2 || options[1] < 2 || options[1] > options.size()) return false;
    const auto value = options.subspan(2, options[1] - 2U);
    if (options[0] == kMss && value.size() == 2) out.mss = load16(value.data());
    if (options[0] == kWindowScale && value.size() == 1)
      out.window_scale = std::min(value[0], kLargestScale);
    if (options[0] == kSackPermitted && value.empty()) out.sack_permitted = true;
    if (options[0] == kTimestamps && value.size() == 8) {
      out.has_timestamps = true;
      out.timestamp = load32(value.data());
      out.echoed = load32(value.data() + 4);
    }
    options = options.subspan(options[1]);
  }
  return true;
}

}  // namespace sekisho::decrypt
