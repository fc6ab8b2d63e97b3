#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "config/base/address.h"

namespace sekisho::engines::callback {

/// Folds what a key is made of into 64 bits, under a secret of this process: nobody outside can
/// choose which keys share a bucket.
class KeyHash {
 public:
  explicit KeyHash(std::uint64_t secret) noexcept : value_(secret) {}
  KeyHash& add(std::uint64_t word) noexcept {
    const auto product =
        static_cast<unsigned __int128>(value_ ^ word ^ 0xa0761d6478bd642f) * 0xe7037ed1a0b428db;
    value_ = static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
    return *this;
  }
  KeyHash& add(const IpAddress& address) noexcept {
    const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(address.bytes);
    return add(words[0]).add(words[1]);
  }
  KeyHash& add(std::string_view text) noexcept {
    std::uint64_t word = 0;
    unsigned in_word = 0;
    for (const char c : text) {
      word = word << 8 | static_cast<unsigned char>(c);
      if (++in_word == sizeof word) {
        add(word);
        word = in_word = 0;
      }
    }
    return add(word).add(text.size());
  }
  std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_;
};

/// A bounded number of values by a 64-bit key, in buckets of four: a full bucket lets the one go
/// that was used longest ago. Nothing is allocated once made; for one thread.
template <class Value>
class RecentTable {
 public:
  /// `capacity`: a power of two, at least four.
  explicit RecentTable(std::size_t capacity) : entries_(capacity) {}

  /// That of `key`, fresh where there was none. `now` of any clock in any unit.
  Value& at(std::uint64_t key, std::uint32_t now) noexcept {
    Entry* const bucket = bucket_of(key);
    Entry* oldest = bucket;
    for (Entry* entry = bucket; entry != bucket + kWays; ++entry) {
      if (entry->in_use && entry->key == key) {
        entry->used = now;
        return entry->value;
      }
      if (!entry->in_use || (oldest->in_use && entry->used < oldest->used)) oldest = entry;
    }
    *oldest = {.key = key, .used = now, .in_use = true, .value = {}};
    return oldest->value;
  }
  /// Null: there is none.
  const Value* find(std::uint64_t key) const noexcept {
    const Entry* const bucket = const_cast<RecentTable*>(this)->bucket_of(key);
    for (const Entry* entry = bucket; entry != bucket + kWays; ++entry)
      if (entry->in_use && entry->key == key) return &entry->value;
    return nullptr;
  }

 private:
  static constexpr std::size_t kWays = 4;
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t used = 0;
    bool in_use = false;
    Value value{};
  };
  Entry* bucket_of(std::uint64_t key) noexcept {
    return &entries_[key & (entries_.size() - 1) & ~(kWays - 1)];
  }
  std::vector<Entry> entries_;
};

}  // namespace sekisho::engines::callback
