#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "engines/ips/ips.h"
#include "hash128.h"

namespace sekisho::engines::ips {

/// One fact about a host, a pair, a flow or a value, until it expires.
struct alignas(32) HostSlot {
  std::atomic<std::uint64_t> key{0};    // 0: free
  std::atomic<std::uint64_t> value{0};  // the owner's own
  std::atomic<std::uint64_t> extra{0};
  std::atomic<std::uint64_t> expires_ms{0};
};

/// A bounded table of facts. Workers share it without locks: two that make the same fact at once
/// may each keep one for a while, and a full bucket lets go of what expires first; both cost
/// accuracy of a counter, never memory.
struct HostState::Tables {
  static constexpr std::size_t kBucketSlots = 8;
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  explicit Tables(std::size_t capacity);

  /// nullptr: not there, or expired.
  HostSlot* find(std::uint64_t key, std::uint64_t now_ms) noexcept;
  /// The slot of `key`, made with value 0 when it is not there.
  HostSlot& find_or_make(std::uint64_t key, std::uint64_t now_ms,
                         std::uint64_t expires_ms) noexcept;

 private:
  HostSlot* bucket_of(std::uint64_t key) noexcept {
    return slots.get() + (mix64(key) & mask) * kBucketSlots;
  }
  std::size_t mask;  // buckets - 1
  std::unique_ptr<HostSlot[]> slots;
};

/// Never 0.
inline std::uint64_t host_key(std::uint64_t kind, std::uint64_t subject,
                              std::span<const std::uint8_t> value) noexcept {
  return hash128(value, mix64(kind << 56 ^ subject)).low | 1;
}

}  // namespace sekisho::engines::ips
