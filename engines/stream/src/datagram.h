#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/events/drop_reason.h"
#include "engines/api/packet_view.h"

namespace sekisho::engines::stream {

/// Which fragments belong together. No padding: hashed and compared as bytes.
struct DatagramKey {
  std::array<std::uint8_t, 16> source{};
  std::array<std::uint8_t, 16> destination{};
  std::uint32_t id = 0;
  std::uint32_t vxlan_vni = 0;
  std::array<std::uint16_t, 3> vlans{};
  std::uint8_t protocol = 0;  // IPv4; of IPv6 it is not part of the identity
  std::uint8_t version = 0;
  bool operator==(const DatagramKey&) const = default;
};
static_assert(sizeof(DatagramKey) == 48);

/// One fragment as its own headers describe it.
struct Fragment {
  DatagramKey key;
  std::span<const std::uint8_t> headers;  // frame up to the fragmentable part, fragment header
                                          // excluded
  std::size_t ip_offset = 0;              // in headers
  std::size_t next_header_offset = 0;     // IPv6: of the byte that named the fragment header
  std::uint8_t next_header = 0;           // IPv6: what the fragment header names
  std::span<const std::uint8_t> bytes;
  std::uint32_t offset = 0;
  bool more = false;
  bool is_v6() const noexcept { return key.version == 6; }
  std::uint32_t end() const noexcept { return offset + static_cast<std::uint32_t>(bytes.size()); }
};

/// nullopt: its headers make no sense, or it is cut.
std::optional<Fragment> read_fragment(const PacketView& packet) noexcept;

/// Makes lengths, checksum and header chain right in `frame`, which is a first fragment's headers
/// and behind them `payload_bytes` of the whole datagram. False: no IP packet can be that long.
struct WholeHeaders {
  std::size_t ip_offset = 0;
  std::size_t headers_bytes = 0;
  std::size_t next_header_offset = 0;
  std::uint8_t next_header = 0;
  bool is_v6 = false;
};
bool make_whole(std::span<std::uint8_t> frame, const WholeHeaders& headers) noexcept;

}  // namespace sekisho::engines::stream
