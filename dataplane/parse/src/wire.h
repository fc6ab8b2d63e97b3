#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "config/base/address.h"
#include "dataplane/parse/packet_info.h"

namespace sekisho::dataplane {

// Unaligned big-endian loads; the caller has checked the bounds of the whole header.
inline std::uint16_t load_be16(const std::uint8_t* at) noexcept {
  std::uint16_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap16(value);
}
inline std::uint32_t load_be32(const std::uint8_t* at) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}

// Little-endian ones, of headers that capturing systems write.
inline std::uint16_t load_le16(const std::uint8_t* at) noexcept {
  std::uint16_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}
inline std::uint32_t load_le32(const std::uint8_t* at) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

inline IpAddress load_ipv4(const std::uint8_t* at) noexcept {
  IpAddress address;
  address.bytes[10] = address.bytes[11] = 0xff;
  std::memcpy(address.bytes.data() + 12, at, 4);
  return address;
}
inline IpAddress load_ipv6(const std::uint8_t* at) noexcept {
  IpAddress address;
  std::memcpy(address.bytes.data(), at, 16);
  return address;
}

/// The state before anything is known of a packet. By vector stores, because g++ 12 makes a slow
/// `rep stos` of both PacketInfo{} and memset.
inline void clear(PacketInfo& out) noexcept {
  static_assert(std::is_trivially_copyable_v<PacketInfo> && alignof(PacketInfo) >= 32);
  auto* blocks = static_cast<__m256i*>(static_cast<void*>(&out));
  for (std::size_t i = 0; i < sizeof out / sizeof *blocks; ++i)
    _mm256_store_si256(blocks + i, _mm256_setzero_si256());
  out.tcp_window_scale = kNoWindowScale;
}

/// RFC 1071 sum of 16-bit words in the machine's byte order, not folded; an odd last byte counts
/// as followed by zero. `bytes` <= 65535 keeps it far from overflow.
inline std::uint64_t sum_words(const std::uint8_t* at, std::size_t bytes) noexcept {
  std::uint64_t sum = 0;
  for (; bytes >= 4; at += 4, bytes -= 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, at, sizeof word);
    sum += word;
  }
  std::uint32_t rest = 0;
  std::memcpy(&rest, at, bytes);
  return sum + rest;
}

/// True when the sum of a covered range, its checksum included, says "intact".
inline bool is_intact(std::uint64_t sum) noexcept {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

}  // namespace sekisho::dataplane
