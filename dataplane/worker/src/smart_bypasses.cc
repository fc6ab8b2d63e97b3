#include "dataplane/worker/smart_bypasses.h"

#include <algorithm>
#include <cstring>

namespace sekisho::dataplane {
namespace {

using decrypt::TlsFailure;

constexpr std::size_t kHostWord = 4;  // after the address, the time, the size and the failure
constexpr unsigned kFailureShift = 32;

std::uint64_t mixed(std::uint64_t value) noexcept {  // the finaliser of SplitMix64
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

SmartBypasses::Words SmartBypasses::words_of(const IpAddress& client, std::string_view host,
                                             TlsFailure failure,
                                             std::uint32_t until_seconds) noexcept {
  Words words{};
  std::memcpy(words.data(), client.bytes.data(), client.bytes.size());
  words[2] = until_seconds;
  words[3] = std::uint64_t{static_cast<std::uint8_t>(failure)} << kFailureShift | host.size();
  std::memcpy(words.data() + kHostWord, host.data(), host.size());
  return words;
}

SmartBypasses::Entry* SmartBypasses::bucket_of(const IpAddress& client,
                                               std::string_view host) const noexcept {
  std::array<std::uint64_t, 2> address;
  std::memcpy(address.data(), client.bytes.data(), sizeof address);
  auto hash = mixed(mixed(secret_ ^ address[0]) ^ address[1]);
  for (const char c : host) hash = mixed(hash ^ static_cast<unsigned char>(c));
  return &entries_[hash % (kMax / kBucket) * kBucket];
}

/// False: nobody is there, or somebody writes.
bool SmartBypasses::read(const Entry& entry, Pair& out) noexcept {
  const auto sequence = entry.sequence.load(std::memory_order_acquire);
  Words words;
  for (std::size_t i = 0; i < kWords; ++i)
    words[i] = entry.words[i].load(std::memory_order_acquire);
  if (sequence % 2 != 0 || entry.sequence.load(std::memory_order_relaxed) != sequence) return false;
  std::memcpy(out.client.bytes.data(), words.data(), out.client.bytes.size());
  out.until_seconds = static_cast<std::uint32_t>(words[2]);
  out.size = static_cast<std::uint32_t>(words[3]);
  out.failure = static_cast<TlsFailure>(words[3] >> kFailureShift);
  if (out.size == 0 || out.size > kMostBytes) return false;
  std::memcpy(out.host.data(), words.data() + kHostWord, out.size);
  return true;
}

// Every word is stored with release and read with acquire: who reads a word of this writing then
// sees `sequence` as it was before it or later, and knows.
bool SmartBypasses::write(Entry& entry, const Words& words) noexcept {
  auto sequence = entry.sequence.load(std::memory_order_relaxed);
  if (sequence % 2 != 0 ||
      !entry.sequence.compare_exchange_strong(sequence, sequence + 1, std::memory_order_acq_rel))
    return false;
  for (std::size_t i = 0; i < kWords; ++i)
    entry.words[i].store(words[i], std::memory_order_release);
  entry.sequence.store(sequence + 2, std::memory_order_release);
  return true;
}

SmartBypasses::Entry* SmartBypasses::find(const IpAddress& client, std::string_view host,
                                          std::uint32_t now_seconds) const noexcept {
  Entry* const bucket = bucket_of(client, host);
  Pair pair;
  for (std::size_t i = 0; i < kBucket; ++i)
    if (read(bucket[i], pair) && pair.client == client && pair.name() == host &&
        pair.until_seconds > now_seconds)
      return &bucket[i];
  return nullptr;
}

bool SmartBypasses::put(const IpAddress& client, std::string_view host, TlsFailure failure,
                        std::uint32_t now_seconds, std::uint32_t seconds) noexcept {
  if (host.empty() || host.size() > kMostBytes) return false;
  Entry* place = find(client, host, now_seconds);
  if (place == nullptr) {
    Entry* const bucket = bucket_of(client, host);
    std::uint32_t least = ~std::uint32_t{0};
    for (std::size_t i = 0; i < kBucket; ++i) {
      Pair pair;
      const auto until = read(bucket[i], pair) ? pair.until_seconds : 0;
      if (place != nullptr && until >= least) continue;
      least = until;
      place = &bucket[i];
    }
  }
  return write(*place, words_of(client, host, failure, now_seconds + seconds));
}

bool SmartBypasses::has(const IpAddress& client, std::string_view host,
                        std::uint32_t now_seconds) const noexcept {
  if (host.empty() || host.size() > kMostBytes) return false;
  return find(client, host, now_seconds) != nullptr;
}

bool SmartBypasses::remove(const IpAddress& client, std::string_view host,
                           std::uint32_t now_seconds) noexcept {
  if (host.empty() || host.size() > kMostBytes) return false;
  Entry* const place = find(client, host, now_seconds);
  return place != nullptr && write(*place, {});
}

std::size_t SmartBypasses::clear(std::uint32_t now_seconds) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < kMax; ++i) {
    Pair pair;
    if (read(entries_[i], pair) && write(entries_[i], {}) && pair.until_seconds > now_seconds)
      ++count;
  }
  return count;
}

std::vector<SmartBypass> SmartBypasses::list(std::uint32_t now_seconds) const {
  std::vector<SmartBypass> all;
  for (std::size_t i = 0; i < kMax; ++i) {
    Pair pair;
    if (!read(entries_[i], pair) || pair.until_seconds <= now_seconds) continue;
    all.push_back(
        {pair.client, std::string(pair.name()), pair.until_seconds - now_seconds, pair.failure});
  }
  std::sort(all.begin(), all.end(), [](const SmartBypass& a, const SmartBypass& b) {
    return a.seconds_left != b.seconds_left ? a.seconds_left > b.seconds_left : a.host < b.host;
  });
  return all;
}

}  // namespace sekisho::dataplane
