#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/decrypt/segment/tcp_packet.h"
#include "dataplane/decrypt/virtual_link/virtual_header.h"

namespace sekisho::decrypt {

/// Why what the kernel sent is not for the wire.
enum class LinkProblem : std::uint8_t {
  none,
  malformed,   // of PacketProblem's kinds
  not_tcp,     // the kernel's own: neighbour discovery, unreachables
  bad_header,  // the virtual header contradicts the packet
  too_long,    // a segment would not fit into what its receiver may be sent
};

/// Cuts a super-segment of the kernel into the segments that go on the wire (TCP segmentation
/// offload): sequence numbers, IPv4 identifications, flags, lengths and all checksums are those
/// that the kernel would have written. A value for one super-segment; nothing is allocated.
class Segmenter {
 public:
  /// `packet` has to stay where it is until next() has returned 0. No segment will be longer than
  /// `most_bytes`, IP header and all.
  LinkProblem begin(const VirtualHeader& header, std::span<const std::uint8_t> packet,
                    std::size_t most_bytes) noexcept;

  /// Writes the next segment, an IP packet, and returns its size; 0: there is none. `out` has room
  /// for the `most_bytes` of begin().
  std::size_t next(std::span<std::uint8_t> out) noexcept;

  /// Of the packet at work.
  const TcpPacket& packet() const noexcept { return at_; }

 private:
  std::span<const std::uint8_t> packet_;
  TcpPacket at_;
  std::uint32_t segment_bytes_ = 0;
  std::uint32_t done_bytes_ = 0;
  std::uint16_t identification_ = 0;  // IPv4
  bool is_over_ = true;
  bool writes_checksum_ = false;
};

}  // namespace sekisho::decrypt
