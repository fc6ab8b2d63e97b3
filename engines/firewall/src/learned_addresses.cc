#include "engines/firewall/learned_addresses.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>

#include "tables.h"

namespace sekisho::engines::firewall {

/// One cache line. A key, once claimed, is replaced but never cleared, so a search may stop at the
/// first free slot. Each entry is {pattern:32, expires:32} masked with entry_mask(key): what a late
/// writer leaves for a key that has just been displaced reads as noise under the new one.
struct alignas(64) LearnedAddresses::Slot {
  std::atomic<std::uint64_t> key{0};
  std::array<std::atomic<std::uint64_t>, kPatternsPerAddress> entries{};
};

namespace {

constexpr std::uint64_t kNoEntry = 0;
constexpr int kMaxAttempts =
    4;  // against other writers of the same slot; then the answer is let go

std::uint64_t entry_mask(std::uint64_t key) noexcept { return mix(key ^ 0x6a09e667f3bcc909ULL); }

struct Entry {
  FqdnId pattern;
  std::uint32_t expires;
};
Entry decode(std::uint64_t raw, std::uint64_t mask) noexcept {
  const std::uint64_t plain = raw ^ mask;
  return {static_cast<FqdnId>(plain >> 32), static_cast<std::uint32_t>(plain)};
}
std::uint64_t encode(Entry entry, std::uint64_t mask) noexcept {
  return (std::uint64_t{entry.pattern} << 32 | entry.expires) ^ mask;
}

}  // namespace

LearnedAddresses::LearnedAddresses(std::size_t capacity)
    : slots_(std::make_unique<Slot[]>(std::bit_ceil(std::max(capacity, kProbes)))),
      mask_(std::bit_ceil(std::max(capacity, kProbes)) - 1) {
  std::random_device random;
  for (std::uint64_t& word : secret_) word = std::uint64_t{random()} << 32 | random();
}
LearnedAddresses::~LearnedAddresses() = default;

std::uint64_t LearnedAddresses::fingerprint(const IpAddress& address) const noexcept {
  const Ipv6Key key = v6_key(address);
  const std::uint64_t hash = mix(mix(key.high ^ secret_[0]) + (key.low ^ secret_[1]));
  return mix(hash ^ secret_[0]) | 1;  // never 0, which is a free slot
}

void LearnedAddresses::prefetch(const IpAddress& address) const noexcept {
  firewall::prefetch(&slots_[fingerprint(address) >> 1 & mask_]);
}

std::size_t LearnedAddresses::patterns_of(const IpAddress& address, std::uint32_t now_seconds,
                                          std::span<FqdnId> out) const noexcept {
  const std::uint64_t key = fingerprint(address);
  const std::uint64_t mask = entry_mask(key);
  std::size_t count = 0;
  for (std::size_t probe = 0; probe < kProbes; ++probe) {
    const Slot& slot = slots_[((key >> 1) + probe) & mask_];
    const std::uint64_t here = slot.key.load(std::memory_order_acquire);
    if (here == 0) break;
    if (here != key) continue;
    for (const auto& word : slot.entries) {
      const std::uint64_t raw = word.load(std::memory_order_relaxed);
      if (raw == kNoEntry) continue;
      const Entry entry = decode(raw, mask);
      const auto end = out.begin() + static_cast<std::ptrdiff_t>(count);
      if (entry.expires >= now_seconds && count < out.size() &&
          std::find(out.begin(), end, entry.pattern) == end)
        out[count++] = entry.pattern;
    }
  }
  return count;
}

void LearnedAddresses::forget(const IpAddress& address) noexcept {
  const std::uint64_t key = fingerprint(address);
  for (std::size_t probe = 0; probe < kProbes; ++probe) {
    Slot& slot = slots_[((key >> 1) + probe) & mask_];
    if (slot.key.load(std::memory_order_acquire) != key) continue;
    for (auto& word : slot.entries) word.store(kNoEntry, std::memory_order_relaxed);
  }
}

/// The slot of `key`, claimed if need be; null when other writers were faster every time.
LearnedAddresses::Slot* LearnedAddresses::slot_for(std::uint64_t key,
                                                   std::uint32_t now_seconds) noexcept {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    Slot* first_to_expire = nullptr;
    std::uint64_t its_key = 0;
    std::uint32_t its_expiry = 0xffffffff;
    for (std::size_t probe = 0; probe < kProbes; ++probe) {
      Slot& slot = slots_[((key >> 1) + probe) & mask_];
      std::uint64_t here = slot.key.load(std::memory_order_acquire);
      if (here == 0 && slot.key.compare_exchange_strong(here, key, std::memory_order_acq_rel))
        return &slot;
      if (here == key) return &slot;
      std::uint32_t expiry = 0;
      for (const auto& word : slot.entries)
        if (const std::uint64_t raw = word.load(std::memory_order_relaxed); raw != kNoEntry)
          expiry = std::max(expiry, decode(raw, entry_mask(here)).expires);
      if (first_to_expire == nullptr || expiry < its_expiry) {
        first_to_expire = &slot;
        its_key = here;
        its_expiry = expiry;
      }
    }
    if (first_to_expire->key.compare_exchange_strong(its_key, key, std::memory_order_acq_rel)) {
      if (its_expiry >= now_seconds) displaced_.fetch_add(1, std::memory_order_relaxed);
      for (auto& word : first_to_expire->entries) word.store(kNoEntry, std::memory_order_relaxed);
      return first_to_expire;
    }
  }
  return nullptr;
}

bool LearnedAddresses::learn_in(Slot& slot, std::uint64_t key, FqdnId pattern,
                                std::uint32_t expires_seconds, std::uint32_t now_seconds) noexcept {
  const std::uint64_t mask = entry_mask(key);
  const std::uint64_t wanted = encode({pattern, expires_seconds}, mask);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    std::atomic<std::uint64_t>* place = nullptr;  // a free entry, else the first to expire
    std::uint64_t in_place = 0;
    Entry victim{0, 0xffffffff};
    for (auto& word : slot.entries) {
      std::uint64_t raw = word.load(std::memory_order_relaxed);
      const Entry entry = decode(raw, mask);
      if (raw != kNoEntry && entry.pattern == pattern) {
        while (raw != kNoEntry && decode(raw, mask).pattern == pattern &&
               decode(raw, mask).expires < expires_seconds)
          if (word.compare_exchange_weak(raw, wanted, std::memory_order_relaxed)) break;
        return entry.expires < now_seconds;
      }
      const bool better = raw == kNoEntry ? place == nullptr || in_place != kNoEntry
                                          : place == nullptr || (in_place != kNoEntry &&
                                                                 entry.expires < victim.expires);
      if (better) {
        place = &word;
        in_place = raw;
        victim = entry;
      }
    }
    if (place != nullptr &&  // always: every entry that is not this one's is a candidate
        place->compare_exchange_strong(in_place, wanted, std::memory_order_relaxed)) {
      if (in_place != kNoEntry && victim.expires >= now_seconds)
        displaced_.fetch_add(1, std::memory_order_relaxed);
      return true;
    }
  }
  return false;
}

bool LearnedAddresses::learn(const IpAddress& address, FqdnId pattern,
                             std::uint32_t expires_seconds, std::uint32_t now_seconds) noexcept {
  const std::uint64_t key = fingerprint(address);
  Slot* slot = slot_for(key, now_seconds);
  return slot != nullptr && learn_in(*slot, key, pattern, expires_seconds, now_seconds);
}

}  // namespace sekisho::engines::firewall
