#include "dataplane/decrypt/virtual_link/segmenter.h"

#include <algorithm>
#include <cstring>

#include "dataplane/decrypt/segment/checksum.h"
#include "dataplane/decrypt/segment/wire_number.h"

namespace sekisho::decrypt {
namespace {

LinkProblem problem_of(PacketProblem problem) noexcept {
  if (problem == PacketProblem::none) return LinkProblem::none;
  return problem == PacketProblem::other_protocol || problem == PacketProblem::not_ip
             ? LinkProblem::not_tcp
             : LinkProblem::malformed;
}

bool fits(const VirtualHeader& header, const TcpPacket& at) noexcept {
  const auto type = header.gso_type & ~VirtualHeader::kEcn;
  if ((header.flags & VirtualHeader::kNeedsChecksum) != 0 &&
      (header.checksum_start != at.tcp_offset || header.checksum_offset != kTcpChecksumAt))
    return false;
  if (type == VirtualHeader::kNoSegments) return true;
  if (type != (at.is_ipv4 ? VirtualHeader::kTcp4 : VirtualHeader::kTcp6)) return false;
  return header.segment_bytes != 0 && at.payload_bytes != 0;
}

}  // namespace

LinkProblem Segmenter::begin(const VirtualHeader& header, std::span<const std::uint8_t> packet,
                             std::size_t most_bytes) noexcept {
  is_over_ = true;
  TcpPacket at;
  if (const auto p = problem_of(read_tcp_packet(packet, at)); p != LinkProblem::none) return p;
  if (!fits(header, at)) return LinkProblem::bad_header;
  const bool is_super = header.gso_type != VirtualHeader::kNoSegments;
  const std::uint32_t segment = is_super ? header.segment_bytes : at.payload_bytes;
  if (at.payload_offset + std::min(segment, at.payload_bytes) > most_bytes)
    return LinkProblem::too_long;
  packet_ = packet;
  at_ = at;
  segment_bytes_ = segment;
  done_bytes_ = 0;
  identification_ = at.is_ipv4 ? load16(packet.data() + 4) : std::uint16_t{0};
  writes_checksum_ = is_super || (header.flags & VirtualHeader::kNeedsChecksum) != 0;
  is_over_ = false;
  return LinkProblem::none;
}

std::size_t Segmenter::next(std::span<std::uint8_t> out) noexcept {
  if (is_over_) return 0;
  const auto payload = std::min(segment_bytes_, at_.payload_bytes - done_bytes_);
  const bool is_first = done_bytes_ == 0;
  is_over_ = done_bytes_ + payload == at_.payload_bytes;
  const auto total = at_.payload_offset + payload;
  std::uint8_t* const to = out.data();
  std::memcpy(to, packet_.data(), at_.payload_offset);
  std::memcpy(to + at_.payload_offset, packet_.data() + at_.payload_offset + done_bytes_, payload);
  if (at_.is_ipv4) store16(to + 4, identification_++);
  mend_ip_header(to, at_.is_ipv4, at_.tcp_offset, total);
  std::uint8_t* const tcp = to + at_.tcp_offset;
  store32(tcp + 4, at_.seq + done_bytes_);
  done_bytes_ += payload;
  // RFC 3168 §6.1.2: the answer to an echoed congestion stands once.
  const unsigned only_first = kCwr, only_last = kFin | kPsh;
  unsigned flags = tcp[13];
  if (!is_first) flags &= ~only_first;
  if (!is_over_) flags &= ~only_last;
  tcp[13] = static_cast<std::uint8_t>(flags);
  if (!writes_checksum_) return total;
  store16(tcp + kTcpChecksumAt, 0);
  const auto tcp_bytes = total - at_.tcp_offset;
  const auto sum =
      tcp_pseudo_sum(addresses_of(packet_, at_), tcp_bytes) + internet_sum({tcp, tcp_bytes});
  store16(tcp + kTcpChecksumAt, checksum_of(sum));
  return total;
}

}  // namespace sekisho::decrypt
