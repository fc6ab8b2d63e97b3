#include "host_state.h"

#include <algorithm>
#include <bit>

namespace sekisho::engines::ips {

HostState::Tables::Tables(std::size_t capacity)
    : mask(std::bit_ceil(std::max<std::size_t>(capacity / kBucketSlots, 1)) - 1),
      slots(std::make_unique<HostSlot[]>((mask + 1) * kBucketSlots)) {}

HostState::HostState(std::size_t capacity) : tables_(std::make_unique<Tables>(capacity)) {}
HostState::~HostState() = default;

HostSlot* HostState::Tables::find(std::uint64_t key, std::uint64_t now_ms) noexcept {
  auto* bucket = bucket_of(key);
  for (std::size_t i = 0; i < kBucketSlots; ++i)
    if (bucket[i].key.load(std::memory_order_acquire) == key &&
        bucket[i].expires_ms.load(std::memory_order_relaxed) > now_ms)
      return &bucket[i];
  return nullptr;
}

HostSlot& HostState::Tables::find_or_make(std::uint64_t key, std::uint64_t now_ms,
                                          std::uint64_t expires_ms) noexcept {
  auto* bucket = bucket_of(key);
  HostSlot* victim = bucket;
  std::uint64_t earliest = kNever;
  for (std::size_t i = 0; i < kBucketSlots; ++i) {
    auto& slot = bucket[i];
    const auto found = slot.key.load(std::memory_order_acquire);
    const auto expires = found == 0 ? 0 : slot.expires_ms.load(std::memory_order_relaxed);
    if (found == key) {
      if (expires > now_ms) return slot;
      victim = &slot;
      break;
    }
    if (expires >= earliest) continue;
    earliest = expires;
    victim = &slot;
  }
  victim->value.store(0, std::memory_order_relaxed);
  victim->extra.store(0, std::memory_order_relaxed);
  victim->expires_ms.store(expires_ms, std::memory_order_relaxed);
  victim->key.store(key, std::memory_order_release);
  return *victim;
}

}  // namespace sekisho::engines::ips
