#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "config/base/address.h"
#include "dataplane/decrypt/diversion/connection_table.h"
#include "dataplane/decrypt/diversion/link_header.h"
#include "dataplane/decrypt/takeover/handover.h"

namespace sekisho::dataplane {

/// The frames of one direction of a decrypted connection: they are those of its ends, but for what
/// they carry.
class LentFrame {
 public:
  static constexpr std::size_t kMostHeaderBytes =
      decrypt::LinkHeader::kMostBytes + decrypt::kIpv6HeaderBytes + decrypt::kTcpHeaderBytes;
  /// Options of a SYN: a window scale of 14, so that no window of ours is ever too small.
  static constexpr std::size_t kSynOptionBytes = 4;

  LentFrame() = default;
  /// From `from` to the other end, behind `link`.
  LentFrame(const decrypt::ConnectionEnds& ends, decrypt::Side from,
            const decrypt::LinkHeader& link) noexcept;

  /// Bytes in front of a segment's payload.
  std::size_t header_bytes() const noexcept {
    return link_bytes_ + ip_bytes_ + decrypt::kTcpHeaderBytes;
  }
  std::size_t link_bytes() const noexcept { return link_bytes_; }

  struct Segment {
    std::uint32_t seq = 0, ack = 0;
    std::uint8_t flags = decrypt::kAck;
    std::span<const std::uint8_t> payload{};
  };
  /// Bytes that `segment` takes as a frame; a SYN has its options.
  std::size_t size_of(const Segment& segment) const noexcept;
  /// Writes it to `frame`, which has size_of(segment) bytes. Checksums are right.
  void write(const Segment& segment, std::span<std::uint8_t> frame) noexcept;

 private:
  decrypt::LinkHeader link_;
  std::array<std::uint8_t, decrypt::kIpv6HeaderBytes + decrypt::kTcpHeaderBytes> headers_{};
  std::uint8_t link_bytes_ = 0;
  std::uint8_t ip_bytes_ = 0;
};

}  // namespace sekisho::dataplane
