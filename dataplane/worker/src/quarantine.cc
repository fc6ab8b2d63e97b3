#include "dataplane/worker/quarantine.h"

#include <algorithm>
#include <bit>

namespace sekisho::dataplane {
namespace {

constexpr std::size_t kBuckets = Quarantine::kCapacity / Quarantine::kBucketSlots;
static_assert(std::has_single_bit(kBuckets));

struct Words {
  std::uint64_t high = 0, low = 0;
};

Words words_of(const IpAddress& address) noexcept {
  Words words;
  for (std::size_t i = 0; i < 8; ++i) {
    words.high = words.high << 8 | address.bytes[i];
    words.low = words.low << 8 | address.bytes[i + 8];
  }
  return words;
}

IpAddress address_of(Words words) noexcept {
  IpAddress address;
  for (std::size_t i = 8; i-- > 0; words.high >>= 8, words.low >>= 8) {
    address.bytes[i] = static_cast<std::uint8_t>(words.high & 0xff);
    address.bytes[i + 8] = static_cast<std::uint8_t>(words.low & 0xff);
  }
  return address;
}

std::uint64_t mix(std::uint64_t value) noexcept {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

}  // namespace

/// Writers of one bucket, one at a time. Whoever finds another there tries for a moment only: a
/// worker waits for nobody.
class Quarantine::BucketLock {
 public:
  explicit BucketLock(std::atomic<bool>& busy) noexcept : busy_(busy) {
    constexpr int kTries = 256;
    for (int i = 0; i < kTries && !held_; ++i)
      held_ = !busy_.exchange(true, std::memory_order_acquire);
  }
  ~BucketLock() {
    if (held_) busy_.store(false, std::memory_order_release);
  }
  BucketLock(const BucketLock&) = delete;
  BucketLock& operator=(const BucketLock&) = delete;
  bool held() const noexcept { return held_; }

 private:
  std::atomic<bool>& busy_;
  bool held_ = false;
};

std::size_t Quarantine::bucket_of(const IpAddress& address) const noexcept {
  const auto words = words_of(address);
  return mix(mix(words.high ^ key_[0]) ^ words.low ^ key_[1]) & (kBuckets - 1);
}

bool Quarantine::is_of(const Slot& slot, const IpAddress& address) noexcept {
  const auto words = words_of(address);
  return slot.low.load(std::memory_order_relaxed) == words.low &&
         slot.high.load(std::memory_order_relaxed) == words.high;
}

/// A slot is rewritten only after its until_ns was taken back, and gets another one then: what was
/// read between two equal looks at it belongs together.
bool Quarantine::holds(const IpAddress& source, std::uint64_t now_ns) noexcept {
  if (size() == 0) [[likely]]
    return false;
  auto* slot = &slots_[bucket_of(source) * kBucketSlots];
  for (const auto* const end = slot + kBucketSlots; slot != end; ++slot) {
    const auto until = slot->until_ns.load(std::memory_order_acquire);
    if (until <= now_ns || !is_of(*slot, source)) continue;
    std::atomic_thread_fence(std::memory_order_acquire);
    if (slot->until_ns.load(std::memory_order_relaxed) != until) continue;
    slot->packets.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  return false;
}

QuarantineEntry Quarantine::read(const Slot& slot, std::uint64_t until_ns) noexcept {
  const auto rule = slot.rule.load(std::memory_order_relaxed);
  return {.source = address_of({slot.high.load(std::memory_order_relaxed),
                                slot.low.load(std::memory_order_relaxed)}),
          .since_ns = slot.since_ns.load(std::memory_order_relaxed),
          .until_ns = until_ns,
          .generator = static_cast<std::uint32_t>(rule >> 32),
          .signature = static_cast<std::uint32_t>(rule),
          .revision = static_cast<std::uint32_t>(slot.revision.load(std::memory_order_relaxed)),
          .packets = slot.packets.load(std::memory_order_relaxed)};
}

void Quarantine::write(const QuarantineEntry& entry, Slot& slot) noexcept {
  std::atomic_thread_fence(std::memory_order_release);  // after until_ns was taken back
  const auto words = words_of(entry.source);
  slot.high.store(words.high, std::memory_order_relaxed);
  slot.low.store(words.low, std::memory_order_relaxed);
  slot.since_ns.store(entry.since_ns, std::memory_order_relaxed);
  slot.rule.store(std::uint64_t{entry.generator} << 32 | entry.signature,
                  std::memory_order_relaxed);
  slot.revision.store(entry.revision, std::memory_order_relaxed);
  slot.packets.store(0, std::memory_order_relaxed);
  slot.until_ns.store(entry.until_ns, std::memory_order_release);
}

/// Under the bucket's lock. What was in it, when it was in use.
std::optional<EndedQuarantine> Quarantine::take_out(Slot& slot, std::uint64_t now_ns) noexcept {
  const auto until = slot.until_ns.exchange(kFree, std::memory_order_acq_rel);
  if (until == kFree) return std::nullopt;
  size_.fetch_sub(1, std::memory_order_relaxed);
  const auto why = until == kReleased ? QuarantineEnd::released
                   : until <= now_ns  ? QuarantineEnd::expired
                                      : QuarantineEnd::displaced;
  return EndedQuarantine{read(slot, until), why};
}

Quarantine::Added Quarantine::add(const QuarantineEntry& entry, std::uint64_t now_ns) noexcept {
  using Outcome = Added::Outcome;
  if (is_never(entry.source)) return {Outcome::never};
  const auto bucket = bucket_of(entry.source);
  const BucketLock lock(busy_[bucket]);
  if (!lock.held()) return {Outcome::not_now};
  auto* const begin = &slots_[bucket * kBucketSlots];
  auto* const end = begin + kBucketSlots;
  auto* victim = begin;
  for (auto* slot = begin; slot != end; ++slot) {
    auto until = slot->until_ns.load(std::memory_order_acquire);
    if (until == kFree) {
      if (victim->until_ns.load(std::memory_order_relaxed) != kFree) victim = slot;
      continue;
    }
    if (is_of(*slot, entry.source)) {
      // A release that comes in between wins: then it begins anew.
      while (until > now_ns && until < entry.until_ns)
        if (slot->until_ns.compare_exchange_weak(until, entry.until_ns))
          return {Outcome::prolonged};
      if (until > now_ns) return {Outcome::prolonged};
      victim = slot;
      break;
    }
    const bool older = slot->since_ns.load(std::memory_order_relaxed) <
                       victim->since_ns.load(std::memory_order_relaxed);
    if (older && victim->until_ns.load(std::memory_order_relaxed) != kFree) victim = slot;
  }
  Added added{Outcome::begun, take_out(*victim, now_ns)};
  write(entry, *victim);
  size_.fetch_add(1, std::memory_order_relaxed);
  return added;
}

bool Quarantine::release(const IpAddress& source, std::uint64_t now_ns) noexcept {
  auto* slot = &slots_[bucket_of(source) * kBucketSlots];
  for (const auto* const end = slot + kBucketSlots; slot != end; ++slot) {
    auto until = slot->until_ns.load(std::memory_order_acquire);
    while (until > now_ns && is_of(*slot, source))
      if (slot->until_ns.compare_exchange_weak(until, kReleased)) return true;
  }
  return false;
}

std::vector<QuarantineEntry> Quarantine::list(std::uint64_t now_ns) const {
  std::vector<QuarantineEntry> entries;
  for (std::size_t i = 0; i < kCapacity; ++i) {
    const auto& slot = slots_[i];
    const auto until = slot.until_ns.load(std::memory_order_acquire);
    if (until <= now_ns) continue;
    const auto entry = read(slot, until);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (slot.until_ns.load(std::memory_order_relaxed) == until) entries.push_back(entry);
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.since_ns < b.since_ns; });
  return entries;
}

/// Written before it is counted, and never changed: readers see it whole.
void Quarantine::protect(const IpAddress& own) noexcept {
  const auto count = num_protected_.load(std::memory_order_relaxed);
  const auto words = words_of(own);
  if (count == kMaxProtected || is_never(own)) return;
  protected_[count][0].store(words.high, std::memory_order_relaxed);
  protected_[count][1].store(words.low, std::memory_order_relaxed);
  num_protected_.store(count + 1, std::memory_order_release);
}

/// Nobody's own address: unspecified, loopback, multicast, broadcast; or ours.
bool Quarantine::is_never(const IpAddress& address) const noexcept {
  constexpr std::uint32_t kLoopback = 127, kFirstMulticast = 224;
  if (address.is_v4()) {
    const auto first = address.v4() >> 24;
    if (first == 0 || first == kLoopback || first >= kFirstMulticast) return true;
  }
  const auto words = words_of(address);
  if (words.high == 0 && words.low <= 1) return true;
  if (address.bytes[0] == 0xff) return true;
  const auto count = num_protected_.load(std::memory_order_acquire);
  return std::any_of(protected_.begin(), protected_.begin() + static_cast<std::ptrdiff_t>(count),
                     [&](const auto& own) {
                       return own[0].load(std::memory_order_relaxed) == words.high &&
                              own[1].load(std::memory_order_relaxed) == words.low;
                     });
}

std::optional<EndedQuarantine> Quarantine::next_ended(std::uint64_t now_ns) noexcept {
  constexpr std::size_t kBudget = 64;  // slots of a call
  if (size() == 0) return std::nullopt;
  for (std::size_t i = 0; i < kBudget; ++i) {
    auto& slot = slots_[next_ % kCapacity];
    const auto until = slot.until_ns.load(std::memory_order_relaxed);
    if (until != kFree && until <= now_ns) {
      const BucketLock lock(busy_[next_ % kCapacity / kBucketSlots]);
      if (!lock.held()) return std::nullopt;
      const auto still = slot.until_ns.load(std::memory_order_relaxed);
      if (still != kFree && still <= now_ns) return take_out(slot, now_ns);
    }
    ++next_;
  }
  return std::nullopt;
}

}  // namespace sekisho::dataplane
