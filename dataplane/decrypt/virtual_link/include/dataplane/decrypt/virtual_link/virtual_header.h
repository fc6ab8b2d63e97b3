#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sekisho::decrypt {

/// What stands before each packet on the link between us and the kernel: struct virtio_net_hdr of
/// linux/virtio_net.h (a name that C++ cannot include: a field is called `class`), in the machine's
/// byte order.
struct VirtualHeader {
  std::uint8_t flags = 0;
  std::uint8_t gso_type = 0;
  std::uint16_t header_bytes = 0;
  std::uint16_t segment_bytes = 0;    // payload of each segment but the last
  std::uint16_t checksum_start = 0;   // from here to the end,
  std::uint16_t checksum_offset = 0;  // to be put there, counted from checksum_start

  static constexpr std::uint8_t kNeedsChecksum = 1, kChecksumIsGood = 2;             // of `flags`
  static constexpr std::uint8_t kNoSegments = 0, kTcp4 = 1, kTcp6 = 4, kEcn = 0x80;  // of gso_type
};
static_assert(sizeof(VirtualHeader) == 10);
inline constexpr std::size_t kVirtualHeaderBytes = sizeof(VirtualHeader);

}  // namespace sekisho::decrypt
