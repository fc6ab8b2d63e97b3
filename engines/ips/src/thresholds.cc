#include "thresholds.h"

#include <algorithm>
#include <array>

namespace sekisho::engines::ips {
namespace {

using rules::Threshold;

constexpr std::uint64_t kThresholdKind = 1, kPortKind = 4;

/// When a window began and how much it saw: 42 bits of milliseconds, 22 of count.
struct Window {
  static constexpr unsigned kCountBits = 22;
  static constexpr std::uint64_t kMaxCount = (std::uint64_t{1} << kCountBits) - 1;

  std::uint64_t begin_ms = 0, count = 0;

  static Window of(std::uint64_t word) noexcept { return {word >> kCountBits, word & kMaxCount}; }
  std::uint64_t word() const noexcept {
    return begin_ms << kCountBits | std::min(count, kMaxCount);
  }
};

std::uint64_t key_of(std::uint64_t kind, const ThresholdRecord& threshold, const RuleRecord& rule,
                     std::uint64_t number, const ThresholdSubject& subject) noexcept {
  std::array<std::uint8_t, 32> bytes{};
  const auto put = [&bytes](const IpAddress* address, std::size_t at) {
    if (address != nullptr)
      std::copy_n(address->bytes.begin(), 16, bytes.begin() + static_cast<std::ptrdiff_t>(at));
  };
  switch (static_cast<Threshold::Track>(threshold.track)) {
    case Threshold::Track::source:
      put(subject.source, 0);
      break;
    case Threshold::Track::destination:
      put(subject.destination, 0);
      break;
    case Threshold::Track::either:
    case Threshold::Track::pair:  // either way round
      put(std::min(subject.source, subject.destination,
                   [](const IpAddress* a, const IpAddress* b) { return *a < *b; }),
          0);
      put(std::max(subject.source, subject.destination,
                   [](const IpAddress* a, const IpAddress* b) { return *a < *b; }),
          16);
      break;
    case Threshold::Track::flow:
      std::memcpy(bytes.data(), &subject.flow_id, sizeof(subject.flow_id));
      break;
    case Threshold::Track::rule:
      break;
  }
  const auto rule_key = std::uint64_t{rule.generator} << 40 ^ std::uint64_t{rule.signature} << 8 ^
                        mix64(number) << 4 ^ threshold.track;
  return host_key(kind, rule_key, bytes);
}

/// Counts one more, in a window that begins anew after `window_ms`.
Window count_one(HostSlot& slot, std::uint64_t now_ms, std::uint64_t window_ms) noexcept {
  auto word = slot.value.load(std::memory_order_relaxed);
  for (;;) {
    auto window = Window::of(word);
    if (window.count == 0 && window.begin_ms == 0) window.begin_ms = now_ms;
    if (window_ms != 0 && now_ms > window.begin_ms + window_ms) window = {now_ms, 0};
    ++window.count;
    if (slot.value.compare_exchange_weak(word, window.word(), std::memory_order_relaxed))
      return window;
  }
}

ThresholdVerdict judge_backoff(const ThresholdRecord& threshold, HostSlot& slot,
                               std::uint64_t count) noexcept {
  auto next = slot.extra.load(std::memory_order_relaxed);
  if (next == 0) next = threshold.count;
  if (count < next) return ThresholdVerdict::silent;
  const auto factor = std::max<std::uint64_t>(threshold.multiplier, 2);
  slot.extra.store(std::min(next * factor, Window::kMaxCount), std::memory_order_relaxed);
  return ThresholdVerdict::speak;
}

void judge_rate(const ThresholdRecord& threshold, HostSlot& slot, std::uint64_t count,
                std::uint64_t now_ms, rules::RuleAction& action) noexcept {
  const auto until = slot.extra.load(std::memory_order_relaxed);
  if (until > now_ms) {
    action = static_cast<rules::RuleAction>(threshold.new_action);
    return;
  }
  if (count <= threshold.count) return;
  slot.extra.store(now_ms + std::uint64_t{threshold.timeout_seconds} * 1000,
                   std::memory_order_relaxed);
  action = static_cast<rules::RuleAction>(threshold.new_action);
}

/// Where distinct ports are counted: whether this one was not seen in the window.
bool is_new_port(const ThresholdRecord& threshold, const RuleRecord& rule, std::uint32_t number,
                 const ThresholdSubject& subject, HostState::Tables& hosts) noexcept {
  const auto unique = static_cast<Threshold::Unique>(threshold.unique);
  if (unique == Threshold::Unique::none) return true;
  const auto port =
      unique == Threshold::Unique::source_port ? subject.source_port : subject.destination_port;
  const auto key = key_of(kPortKind, threshold, rule, std::uint64_t{port} << 32 | number, subject);
  if (hosts.find(key, subject.now_ms) != nullptr) return false;
  hosts.find_or_make(key, subject.now_ms, subject.now_ms + std::uint64_t{threshold.seconds} * 1000);
  return true;
}

bool is_suppressed(const ThresholdRecord& threshold, std::span<const AddressRange> addresses,
                   const ThresholdSubject& subject) noexcept {
  if (static_cast<Threshold::Track>(threshold.track) == Threshold::Track::rule ||
      threshold.any_address != 0)
    return true;
  const bool source = subject.source != nullptr && contains(addresses, *subject.source);
  const bool destination =
      subject.destination != nullptr && contains(addresses, *subject.destination);
  switch (static_cast<Threshold::Track>(threshold.track)) {
    case Threshold::Track::source:
      return source;
    case Threshold::Track::destination:
      return destination;
    default:
      return source || destination;
  }
}

}  // namespace

bool contains(std::span<const AddressRange> ranges, const IpAddress& address) noexcept {
  const auto behind = std::upper_bound(
      ranges.begin(), ranges.end(), address,
      [](const IpAddress& one, const AddressRange& range) { return one < range.first; });
  return behind != ranges.begin() && address <= std::prev(behind)->last;
}

ThresholdVerdict judge_threshold(const ThresholdRecord& threshold,
                                 std::span<const AddressRange> addresses, const RuleRecord& rule,
                                 std::uint32_t number, const ThresholdSubject& subject,
                                 HostState::Tables& hosts, rules::RuleAction& action) noexcept {
  const auto type = static_cast<Threshold::Type>(threshold.type);
  if (type == Threshold::Type::suppress)
    return is_suppressed(threshold, addresses, subject) ? ThresholdVerdict::silent
                                                        : ThresholdVerdict::speak;
  if (subject.source == nullptr || subject.destination == nullptr) return ThresholdVerdict::speak;
  const auto window_ms =
      type == Threshold::Type::backoff ? 0 : std::uint64_t{threshold.seconds} * 1000;
  const auto lifetime_ms =
      std::max<std::uint64_t>(window_ms, std::uint64_t{threshold.timeout_seconds} * 1000) +
      std::uint64_t{3600} * 1000;
  if (!is_new_port(threshold, rule, number, subject, hosts)) return ThresholdVerdict::nothing;
  auto& slot = hosts.find_or_make(key_of(kThresholdKind, threshold, rule, number, subject),
                                  subject.now_ms, subject.now_ms + lifetime_ms);
  const auto window = count_one(slot, subject.now_ms, window_ms);
  slot.expires_ms.store(subject.now_ms + lifetime_ms, std::memory_order_relaxed);
  switch (type) {
    case Threshold::Type::limit:
      return window.count <= threshold.count ? ThresholdVerdict::speak : ThresholdVerdict::silent;
    case Threshold::Type::threshold:
      if (window.count < threshold.count) return ThresholdVerdict::nothing;
      slot.value.store(Window{window.begin_ms, 0}.word(), std::memory_order_relaxed);
      return ThresholdVerdict::speak;
    case Threshold::Type::both:
      if (window.count == threshold.count) return ThresholdVerdict::speak;
      return window.count > threshold.count ? ThresholdVerdict::silent : ThresholdVerdict::nothing;
    case Threshold::Type::detection:
      return window.count > threshold.count ? ThresholdVerdict::speak : ThresholdVerdict::nothing;
    case Threshold::Type::backoff:
      return judge_backoff(threshold, slot, window.count);
    case Threshold::Type::rate:
      judge_rate(threshold, slot, window.count, subject.now_ms, action);
      return ThresholdVerdict::speak;
    case Threshold::Type::suppress:
      break;
  }
  return ThresholdVerdict::speak;
}

}  // namespace sekisho::engines::ips
