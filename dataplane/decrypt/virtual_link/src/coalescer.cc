#include "dataplane/decrypt/virtual_link/coalescer.h"

#include <algorithm>
#include <cstring>

#include "dataplane/decrypt/segment/checksum.h"
#include "dataplane/decrypt/segment/wire_number.h"

namespace sekisho::decrypt {
namespace {

constexpr std::uint32_t kMostBytes = 0xffff;  // the IPv4 length; of IPv6 the payload, so never more

/// writev() takes no const pointers, and changes nothing.
iovec part_of(std::span<const std::uint8_t> bytes) noexcept {
  return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

bool equal(const std::uint8_t* a, const std::uint8_t* b, std::size_t from,
           std::size_t to) noexcept {
  return std::equal(a + from, a + to, b + from);
}

/// Everything of the IP header but length, identification and checksum.
bool same_ip_header(const std::uint8_t* a, const std::uint8_t* b, const TcpPacket& at) noexcept {
  if (!at.is_ipv4) return equal(a, b, 0, 4) && equal(a, b, 6, kIpv6HeaderBytes);
  return equal(a, b, 0, 2) && equal(a, b, 6, 10) && equal(a, b, 12, at.tcp_offset);
}

}  // namespace

Coalescer::Open* Coalescer::find(std::span<const std::uint8_t> packet,
                                 const TcpPacket& at) noexcept {
  const auto addresses = addresses_of(packet, at);
  const std::uint8_t* ports = packet.data() + at.tcp_offset;
  for (Open& open : open_) {
    if (open.pieces == 0 || open.at.is_ipv4 != at.is_ipv4) continue;
    const auto others = addresses_of(open.first, open.at);
    if (equal(ports, open.first.data() + open.at.tcp_offset, 0, 4) &&
        std::equal(addresses.begin(), addresses.end(), others.begin()))
      return &open;
  }
  return nullptr;
}

/// The kernel's rules: headers alike in everything that is not the segment's own place.
bool Coalescer::joins(const Open& open, std::span<const std::uint8_t> packet,
                      const TcpPacket& at) noexcept {
  const TcpPacket& first = open.at;
  if (at.seq != open.next_seq || at.ack != first.ack || at.window != first.window) return false;
  if (at.payload_bytes == 0 || at.payload_bytes > first.payload_bytes) return false;
  if (((at.flags ^ first.flags) & ~(kPsh | kFin)) != 0) return false;
  if (at.tcp_offset != first.tcp_offset || at.payload_offset != first.payload_offset) return false;
  if (open.pieces == kPieces || open.total_bytes + at.payload_bytes > kMostBytes) return false;
  if (!same_ip_header(open.first.data(), packet.data(), at)) return false;
  const auto options = at.tcp_offset + kTcpHeaderBytes;
  return equal(open.first.data(), packet.data(), options, at.payload_offset);
}

void Coalescer::join(Open& open, std::span<const std::uint8_t> packet,
                     const TcpPacket& at) noexcept {
  open.parts[2 + open.pieces] = part_of(packet.subspan(at.payload_offset));
  ++open.pieces;
  open.next_seq += at.payload_bytes;
  open.total_bytes += at.payload_bytes;
  open.more_flags |= at.flags & (kPsh | kFin);
}

/// A short segment, or one that says so itself, ends the row.
bool Coalescer::is_last(const Open& open, const TcpPacket& joined) noexcept {
  return joined.payload_bytes < open.at.payload_bytes || (joined.flags & (kPsh | kFin)) != 0;
}

/// Whether another segment may follow it in one piece.
bool Coalescer::may_grow(const TcpPacket& at) noexcept {
  return at.payload_bytes != 0 && at.flags == kAck && at.payload_bytes <= kMostBytes;
}

void Coalescer::open_with(Open& open, std::span<const std::uint8_t> packet,
                          const TcpPacket& at) noexcept {
  open.first = packet;
  open.at = at;
  open.pieces = 1;
  open.next_seq = at.seq + at.payload_bytes;
  open.total_bytes = at.total_bytes();
  open.more_flags = 0;
  open.parts[2] = part_of(packet.subspan(at.payload_offset));
}

std::span<const iovec> Coalescer::finish(Open& open) noexcept {
  const TcpPacket& at = open.at;
  std::uint8_t* headers = open.headers.data();
  std::memcpy(headers, open.first.data(), at.payload_offset);
  mend_ip_header(headers, at.is_ipv4, at.tcp_offset, open.total_bytes);
  std::uint8_t* tcp = headers + at.tcp_offset;
  tcp[13] = static_cast<std::uint8_t>(tcp[13] | open.more_flags);
  const auto sum = tcp_pseudo_sum(addresses_of(open.first, at), open.total_bytes - at.tcp_offset);
  store16(tcp + kTcpChecksumAt, folded(sum));  // the rest is the kernel's, if anybody's
  open.virtual_header = {
      .flags = VirtualHeader::kNeedsChecksum,
      .gso_type = at.is_ipv4 ? VirtualHeader::kTcp4 : VirtualHeader::kTcp6,
      .header_bytes = static_cast<std::uint16_t>(at.payload_offset),
      .segment_bytes = static_cast<std::uint16_t>(at.payload_bytes),
      .checksum_start = static_cast<std::uint16_t>(at.tcp_offset),
      .checksum_offset = kTcpChecksumAt,
  };
  open.parts[0] = {&open.virtual_header, kVirtualHeaderBytes};
  open.parts[1] = {headers, at.payload_offset};
  return std::span(open.parts).first(2 + open.pieces);
}

std::span<const iovec> Coalescer::alone(std::span<const std::uint8_t> packet,
                                        std::uint8_t flags) noexcept {
  lone_header_ = {};
  lone_header_.flags = flags;
  lone_parts_ = {iovec{&lone_header_, kVirtualHeaderBytes}, part_of(packet)};
  return lone_parts_;
}

}  // namespace sekisho::decrypt
