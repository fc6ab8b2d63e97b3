#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/parse/packet_info.h"
#include "numbers.h"
#include "wire.h"

namespace sekisho::dataplane {

namespace detail {
/// Bit f is set when FIN..URG combination f can come from a correct TCP: RFC 9293 §3.5, 3.10.
/// Refused: any two of SYN, RST, FIN; and, without SYN or RST, no ACK (null, FIN, Xmas scans).
constexpr std::uint64_t legal_flags() noexcept {
  std::uint64_t legal = 0;
  for (unsigned flags = 0; flags < 64; ++flags) {
    const bool syn = (flags & kTcpSyn) != 0, rst = (flags & kTcpRst) != 0,
               fin = (flags & kTcpFin) != 0, ack = (flags & kTcpAck) != 0;
    if (syn + rst + fin <= 1 && (syn || rst || ack)) legal |= std::uint64_t{1} << flags;
  }
  return legal;
}
}  // namespace detail

/// Structure of the options in [option, end), and from a SYN the window scale.
DropReason read_tcp_options(const std::uint8_t* option, const std::uint8_t* end,
                            PacketInfo& out) noexcept;

/// Fills the tcp_* fields and payload_offset, which is relative to `tcp`, from a TCP header with
/// `available` bytes there. `kTolerant`: whatever flags and options it has.
template <bool kTolerant = false>
inline DropReason read_tcp(const std::uint8_t* tcp, std::size_t available,
                           PacketInfo& out) noexcept {
  constexpr std::uint64_t kLegalFlags = detail::legal_flags();
  if (available < kTcpHeader) return DropReason::tcp_truncated;
  const std::size_t header_bytes = std::size_t{tcp[12]} >> 4 << 2;
  if (header_bytes < kTcpHeader) return DropReason::tcp_bad_header_length;
  if (header_bytes > available) return DropReason::tcp_truncated;
  const std::uint8_t flags = tcp[13];
  if (!kTolerant && (kLegalFlags >> (flags & 0x3f) & 1) == 0) return DropReason::tcp_bad_flags;
  out.tcp_seq = load_be32(tcp + 4);
  out.tcp_ack = load_be32(tcp + 8);
  out.tcp_window = load_be16(tcp + 14);
  out.tcp_flags = flags;
  out.payload_offset = static_cast<std::uint16_t>(header_bytes);
  if (header_bytes == kTcpHeader) return DropReason::none;
  // What nearly every segment of a connection carries: NOP, NOP, Timestamps.
  if (header_bytes == kTcpHeader + 12 && load_be32(tcp + kTcpHeader) == 0x0101080a)
    return DropReason::none;
  const auto problem = read_tcp_options(tcp + kTcpHeader, tcp + header_bytes, out);
  return kTolerant ? DropReason::none : problem;
}

}  // namespace sekisho::dataplane
