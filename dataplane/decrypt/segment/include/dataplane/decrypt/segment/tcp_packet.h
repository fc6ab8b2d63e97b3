#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sekisho::decrypt {

/// TCP flag bits as on the wire (RFC 9293 §3.1, RFC 3168 §6.1).
inline constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10,
                              kUrg = 0x20, kCwr = 0x80;

/// Why bytes are no TcpPacket.
enum class PacketProblem : std::uint8_t {
  none,
  not_ip,
  truncated,        // ends inside a header, or before the length it claims
  bad_length,       // a header says less than its least, or not what came
  fragment,         // IPv4: not whole
  other_protocol,   // not TCP, or TCP behind IPv6 extension headers
  bad_ip_checksum,  // IPv4
};

/// Where things are in one IP packet with one whole TCP segment, which may be a super-segment of up
/// to 64 KB. Offsets are from the IP header; numbers in host order.
struct TcpPacket {
  bool is_ipv4 = false;
  std::uint32_t tcp_offset = 0;
  std::uint32_t payload_offset = 0;
  std::uint32_t payload_bytes = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint16_t window = 0;  // not scaled
  std::uint8_t flags = 0;

  std::uint32_t tcp_bytes() const noexcept { return payload_offset + payload_bytes - tcp_offset; }
  std::uint32_t total_bytes() const noexcept { return payload_offset + payload_bytes; }
  /// SYN and FIN count one each (RFC 9293 §3.4).
  std::uint32_t end_seq() const noexcept {
    return seq + payload_bytes + ((flags & kSyn) != 0 ? 1U : 0U) + ((flags & kFin) != 0 ? 1U : 0U);
  }
};

/// Reads the headers of `packet`, which ends with the packet itself (no padding behind it), and
/// checks the IPv4 header's checksum. `out` is set only where it returns none. RFC 791, 8200, 9293.
PacketProblem read_tcp_packet(std::span<const std::uint8_t> packet, TcpPacket& out) noexcept;

/// The two addresses of its IP header, source first.
std::span<const std::uint8_t> addresses_of(std::span<const std::uint8_t> packet,
                                           const TcpPacket& at) noexcept;

/// Whether the TCP checksum is right; touches the payload.
bool has_good_checksum(std::span<const std::uint8_t> packet, const TcpPacket& at) noexcept;

/// Lengths and the IPv4 checksum of the IP header, for a packet of `total_bytes`.
void mend_ip_header(std::uint8_t* packet, bool is_ipv4, std::uint32_t tcp_offset,
                    std::uint32_t total_bytes) noexcept;

/// What a SYN's options say (RFC 9293 §3.2, RFC 7323, RFC 2018), or a segment's timestamps.
struct TcpOptions {
  static constexpr std::uint8_t kNone = 0xff;
  std::uint16_t mss = 0;              // 0: not said
  std::uint8_t window_scale = kNone;  // at most 14
  bool sack_permitted = false;
  bool has_timestamps = false;
  std::uint32_t timestamp = 0;  // TSval
  std::uint32_t echoed = 0;     // TSecr
};

/// `options`: from behind the fixed header to its end. False where they are malformed; then what
/// was read so far counts.
bool read_tcp_options(std::span<const std::uint8_t> options, TcpOptions& out) noexcept;

inline constexpr std::size_t kTcpHeaderBytes = 20, kIpv4HeaderBytes = 20, kIpv6HeaderBytes = 40;
inline constexpr std::size_t kTcpChecksumAt = 16;  // from the TCP header

}  // namespace sekisho::decrypt
