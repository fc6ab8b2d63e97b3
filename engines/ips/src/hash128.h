#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace sekisho::engines::ips {

struct Hash128 {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

constexpr std::uint64_t mix64(std::uint64_t x) noexcept {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93U;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93U;
  return x ^ x >> 32;
}

/// Two independent 64-bit chains: keys of tables where the value itself has no room.
inline Hash128 hash128(std::span<const std::uint8_t> bytes, std::uint64_t seed = 0) noexcept {
  Hash128 hash{mix64(seed ^ 0x9e3779b97f4a7c15U), mix64(seed + 0xc2b2ae3d27d4eb4fU)};
  std::size_t at = 0;
  while (at < bytes.size()) {
    std::uint64_t word = 0;
    const auto count = bytes.size() - at < 8 ? bytes.size() - at : 8;
    std::memcpy(&word, bytes.data() + at, count);
    hash.low = mix64(hash.low ^ word) + 0x165667b19e3779f9U;
    hash.high = mix64(hash.high + (word ^ hash.low >> 7)) ^ 0x27d4eb2f165667c5U;
    at += count;
  }
  hash.low = mix64(hash.low ^ bytes.size());
  hash.high = mix64(hash.high ^ hash.low);
  return hash;
}

}  // namespace sekisho::engines::ips
