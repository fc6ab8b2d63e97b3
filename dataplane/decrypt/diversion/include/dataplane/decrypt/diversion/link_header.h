#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace sekisho::decrypt {

/// What stands before the IP packet in a frame: Ethernet II, VLAN tags, PPPoE. Kept to be put
/// before other packets of the same direction.
class LinkHeader {
 public:
  static constexpr std::size_t kMostBytes = 14 + 3 * 4 + 8;

  /// `header` is a frame up to its IP header. False: too long, or of a kind that says the packet's
  /// length in other places (802.3); then nothing changes.
  bool keep(std::span<const std::uint8_t> header) noexcept;
  bool is_known() const noexcept { return bytes_ != 0; }

  /// For a packet of `packet_bytes`; PPPoE says its length (RFC 2516 §4). Void by the next call.
  std::span<const std::uint8_t> for_packet(std::size_t packet_bytes) noexcept;

 private:
  std::array<std::uint8_t, kMostBytes> header_{};
  std::uint8_t bytes_ = 0;
  std::uint8_t pppoe_at_ = 0;  // its header; 0: there is none
};

}  // namespace sekisho::decrypt
