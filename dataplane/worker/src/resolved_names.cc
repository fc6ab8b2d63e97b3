#include "dataplane/worker/resolved_names.h"

#include <bit>
#include <cstring>

namespace sekisho::dataplane {
namespace {

constexpr std::size_t kMostBytes = 253;  // RFC 1035 §2.3.4
constexpr int kSizeShift = 48;           // behind the six bytes of a MAC address

std::size_t words_of(std::size_t bytes) noexcept {
  return (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
}

}  // namespace

ResolvedNames::Head ResolvedNames::head_of(const MacAddress& client, const IpAddress& server,
                                           std::size_t size, std::uint32_t now_seconds) noexcept {
  Head head{};
  std::memcpy(head.server.data(), server.bytes.data(), sizeof head.server);
  std::memcpy(&head.client_and_size, client.bytes.data(), client.bytes.size());
  head.client_and_size |= std::uint64_t{size} << kSizeShift;
  head.told_seconds = now_seconds;
  return head;
}

std::size_t ResolvedNames::slot_of(const MacAddress& client, const IpAddress& server) noexcept {
  std::uint32_t hash = 2166136261U;
  for (const auto byte : client.bytes) hash = (hash ^ byte) * 16777619U;  // FNV-1a
  for (const auto byte : server.bytes) hash = (hash ^ byte) * 16777619U;
  return (hash ^ hash >> 16) % kMax;
}

// Every word is stored with release and read with acquire: who reads a word of this writing then
// sees `sequence` as it was before it or later, and knows.
void ResolvedNames::put(const MacAddress& client, const IpAddress& server, std::string_view name,
                        std::uint32_t now_seconds) noexcept {
  if (name.empty() || name.size() > kMostBytes) return;
  auto& entry = entries_[slot_of(client, server)];
  auto sequence = entry.sequence.load(std::memory_order_relaxed);
  if (sequence % 2 != 0 ||
      !entry.sequence.compare_exchange_strong(sequence, sequence + 1, std::memory_order_acq_rel))
    return;
  const auto head = std::bit_cast<std::array<std::uint64_t, sizeof(Head) / sizeof(std::uint64_t)>>(
      head_of(client, server, name.size(), now_seconds));
  for (std::size_t i = 0; i < head.size(); ++i)
    entry.head[i].store(head[i], std::memory_order_release);
  for (std::size_t i = 0; i < words_of(name.size()); ++i) {
    const auto piece = name.substr(i * sizeof(std::uint64_t), sizeof(std::uint64_t));
    std::uint64_t word = 0;
    std::memcpy(&word, piece.data(), piece.size());
    entry.name[i].store(word, std::memory_order_release);
  }
  entry.sequence.store(sequence + 2, std::memory_order_release);
}

std::string_view ResolvedNames::find(const MacAddress& client, const IpAddress& server,
                                     std::uint32_t now_seconds, Text& out) const noexcept {
  const auto& entry = entries_[slot_of(client, server)];
  const auto sequence = entry.sequence.load(std::memory_order_acquire);
  std::array<std::uint64_t, sizeof(Head) / sizeof(std::uint64_t)> words;
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = entry.head[i].load(std::memory_order_acquire);
  const auto head = std::bit_cast<Head>(words);
  const auto size = static_cast<std::size_t>(head.client_and_size >> kSizeShift);
  const auto asked = head_of(client, server, size, now_seconds);
  const bool is_it = size != 0 && size <= kMostBytes && head.server == asked.server &&
                     head.client_and_size == asked.client_and_size &&
                     head.told_seconds + kSeconds >= now_seconds;
  if (!is_it) return {};
  for (std::size_t i = 0; i < words_of(size); ++i) {
    const auto word = entry.name[i].load(std::memory_order_acquire);
    std::memcpy(out.data() + i * sizeof word, &word, sizeof word);
  }
  if (sequence % 2 != 0 || entry.sequence.load(std::memory_order_relaxed) != sequence) return {};
  return {out.data(), size};
}

}  // namespace sekisho::dataplane
