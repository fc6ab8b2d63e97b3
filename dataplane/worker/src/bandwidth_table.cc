#include "dataplane/worker/bandwidth_table.h"

#include <algorithm>
#include <cstring>

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
  x = (x ^ (x >> 32)) * 0x9e3779b97f4a7c15ULL;
  return x ^ (x >> 29);
}

std::size_t set_of(const BandwidthKey& key, std::uint64_t secret) noexcept {
  std::array<std::uint64_t, 2> halves;
  std::memcpy(halves.data(), key.address.bytes.data(), sizeof halves);
  const auto rest = std::uint64_t{key.user} << 32 | key.application;
  const auto address = mixed(mixed(halves[0] ^ secret) ^ halves[1] ^ key.category);
  return mixed(address ^ rest) % BandwidthTable::kSets;
}

}  // namespace

void BandwidthTable::add(const BandwidthKey& key, const Traffic& traffic) noexcept {
  Entry* const first = &entries_[set_of(key, secret_) * kWays];
  Entry* least = first;
  for (Entry* entry = first; entry != first + kWays; ++entry) {
    if (entry->traffic.bytes() != 0 && entry->key == key) {
      entry->traffic += traffic;
      return;
    }
    if (entry->traffic.bytes() < least->traffic.bytes()) least = entry;
  }
  if (least->traffic.bytes() != 0) {
    ++displaced_;
    if (least->traffic.bytes() >= traffic.bytes()) {
      rest_ += traffic;
      return;
    }
    rest_ += least->traffic;
  }
  *least = {key, traffic};
}

void BandwidthTable::clear() noexcept {
  std::fill(entries_.begin(), entries_.end(), Entry{});
  rest_ = {};
  displaced_ = 0;
}

}  // namespace sekisho::dataplane
