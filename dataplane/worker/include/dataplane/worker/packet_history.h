#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sekisho::dataplane {

/// A packet as it came on the wire. `bytes` may be fewer than the frame had.
struct WirePacket {
  std::uint64_t time_ns = 0;  // Unix time
  std::uint32_t frame_bytes = 0;
  std::span<const std::uint8_t> bytes{};
};

/// Where a flow's packets are in the history; all zero with a new flow.
struct PacketTrail {
  std::uint32_t newest = 0;  // its position, while `kept` is not 0
  std::uint8_t kept = 0;     // how many were, at most PacketHistory::kMostOfAFlow
};

/// The last packets of all flows that may yet be captured, oldest overwritten first. One worker's;
/// all memory is taken when it is made.
class PacketHistory {
 public:
  static constexpr std::uint8_t kMostOfAFlow = 64;

  /// `slots`: a power of two.
  PacketHistory(std::size_t snap_bytes, std::size_t slots);

  void keep(PacketTrail& trail, std::uint64_t flow_id, const WirePacket& packet) noexcept;

  /// A flow's last packets, oldest first, valid until the next keep().
  struct Found {
    std::array<WirePacket, kMostOfAFlow> packets;
    std::size_t count = 0;
    std::size_t overwritten = 0;  // that were asked for and are gone
  };
  /// At most `wanted` of them.
  void find(const PacketTrail& trail, std::uint64_t flow_id, std::size_t wanted,
            Found& found) const noexcept;

 private:
  struct Header {
    std::uint64_t flow_id = 0;
    std::uint64_t time_ns = 0;
    std::uint32_t position = 0;
    std::uint32_t frame_bytes = 0;
    std::uint32_t captured = 0;
    PacketTrail before{};  // the flow's packet before this one
  };
  std::uint8_t* slot(std::uint32_t position) noexcept {
    return &bytes_[(position & mask_) * stride_];
  }
  const std::uint8_t* slot(std::uint32_t position) const noexcept {
    return &bytes_[(position & mask_) * stride_];
  }

  std::size_t snap_bytes_;
  std::size_t stride_;
  std::uint32_t mask_;
  std::uint32_t next_ = 0;  // position; wraps
  std::vector<std::uint8_t> bytes_;
};

}  // namespace sekisho::dataplane
