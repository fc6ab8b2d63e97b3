#include "dataplane/flow/media_sockets.h"

#include <cstring>
#include <random>

namespace sekisho::dataplane {
namespace {

struct AddressWords {
  std::uint64_t high = 0, low = 0;
};
AddressWords words_of(const IpAddress& address) noexcept {
  AddressWords words;
  std::memcpy(&words.high, address.bytes.data(), sizeof words.high);
  std::memcpy(&words.low, address.bytes.data() + sizeof words.high, sizeof words.low);
  return words;
}

std::uint64_t mixed(std::uint64_t value) noexcept {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

std::uint64_t packed(std::uint32_t end_seconds, engines::ApplicationId application,
                     std::uint16_t port) noexcept {
  return std::uint64_t{end_seconds} << 32 | std::uint32_t{application} << 16 | port;
}

}  // namespace

MediaSockets::MediaSockets() : entries_(kMax) {
  std::random_device random;
  for (auto& word : secret_) word = std::uint64_t{random()} << 32 | random();
}

std::size_t MediaSockets::slot_of(std::uint64_t high, std::uint64_t low,
                                  std::uint16_t port) const noexcept {
  return mixed(mixed(high ^ secret_[0]) ^ low ^ mixed(port ^ secret_[1])) % kMax;
}

void MediaSockets::put(const IpAddress& address, std::uint16_t port, const Parent& parent,
                       std::uint32_t now_seconds) noexcept {
  const auto [high, low] = words_of(address);
  const auto end = now_seconds + kLifetimeSeconds;
  auto& entry = entries_[slot_of(high, low, port)];
  auto version = entry.version.load(std::memory_order_relaxed);
  // Another worker writes here: its socket is as new as this one.
  if (version % 2 != 0 ||
      !entry.version.compare_exchange_strong(version, version + 1, std::memory_order_acquire))
    return;
  entry.high.store(high, std::memory_order_release);  // each after the odd version
  entry.low.store(low, std::memory_order_release);
  entry.flow_id.store(parent.flow_id, std::memory_order_release);
  entry.rest.store(packed(end, parent.application, port), std::memory_order_release);
  entry.version.store(version + 2, std::memory_order_release);
  if (latest_end_.load(std::memory_order_relaxed) < end)
    latest_end_.store(end, std::memory_order_relaxed);
}

std::optional<MediaSockets::Parent> MediaSockets::find_announced(
    const IpAddress& address, std::uint16_t port, std::uint32_t now_seconds) const noexcept {
  const auto [high, low] = words_of(address);
  const auto& entry = entries_[slot_of(high, low, port)];
  const auto version = entry.version.load(std::memory_order_acquire);
  const bool is_it = entry.high.load(std::memory_order_acquire) == high &&
                     entry.low.load(std::memory_order_acquire) == low;
  const auto flow_id = entry.flow_id.load(std::memory_order_acquire);
  const auto rest = entry.rest.load(std::memory_order_acquire);
  if (version % 2 != 0 || entry.version.load(std::memory_order_relaxed) != version) return {};
  if (!is_it || static_cast<std::uint16_t>(rest) != port || rest >> 32 <= now_seconds) return {};
  return Parent{flow_id, static_cast<engines::ApplicationId>(rest >> 16)};
}

}  // namespace sekisho::dataplane
