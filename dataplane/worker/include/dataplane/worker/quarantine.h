#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "config/base/address.h"

namespace sekisho::dataplane {

/// A source whose packets are all dropped for a time, and why.
struct QuarantineEntry {
  IpAddress source;
  std::uint64_t since_ns = 0, until_ns = 0;  // of the workers' clock
  std::uint32_t generator = 0, signature = 0, revision = 0;
  std::uint64_t packets = 0;  // that were dropped
};

enum class QuarantineEnd : std::uint8_t { expired, released, displaced };
struct EndedQuarantine {
  QuarantineEntry entry;
  QuarantineEnd why = QuarantineEnd::expired;
};

/// Sources in quarantine, shared by all workers and the control thread; outlives policies. Asking
/// takes no lock and, while nobody is in quarantine, one read. Entries lie in buckets of 8 by a
/// keyed hash of their address; a full bucket lets its oldest go.
class Quarantine {
 public:
  static constexpr std::size_t kCapacity = 8192, kBucketSlots = 8;
  static constexpr std::size_t kMaxProtected = 256;

  Quarantine();

  std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

  /// Any worker: whether its packets are dropped. Counts one.
  bool holds(const IpAddress& source, std::uint64_t now_ns) noexcept;

  struct Added {
    enum class Outcome : std::uint8_t {
      begun,
      prolonged,  // it was there already; the later end counts
      never,      // nobody's address, or one of our own
      not_now     // others are at work in the bucket; the next attack will tell again
    } outcome = Outcome::not_now;
    std::optional<EndedQuarantine> ended{};  // what made room
  };
  /// Any worker.
  Added add(const QuarantineEntry& entry, std::uint64_t now_ns) noexcept;

  /// Any thread. False: it is not in quarantine.
  bool release(const IpAddress& source, std::uint64_t now_ns) noexcept;
  std::vector<QuarantineEntry> list(std::uint64_t now_ns) const;

  /// Control thread: this address is never put in quarantine, from now on. At most kMaxProtected.
  void protect(const IpAddress& own) noexcept;

  /// Any thread: whether it is nobody's address (multicast, loopback, ...) or one of our own.
  bool is_never(const IpAddress& address) const noexcept;

  /// Always the same one worker: looks at the next slots for one whose time is over.
  std::optional<EndedQuarantine> next_ended(std::uint64_t now_ns) noexcept;

 private:
  static constexpr std::uint64_t kFree = 0, kReleased = 1;  // values of until_ns

  struct alignas(64) Slot {
    std::atomic<std::uint64_t> until_ns{kFree};  // also tells readers that the rest is whole
    std::atomic<std::uint64_t> high{0}, low{0};  // the address
    std::atomic<std::uint64_t> since_ns{0};
    std::atomic<std::uint64_t> rule{0};  // generator, signature
    std::atomic<std::uint64_t> revision{0};
    std::atomic<std::uint64_t> packets{0};
  };
  class BucketLock;

  std::size_t bucket_of(const IpAddress& address) const noexcept;
  static QuarantineEntry read(const Slot& slot, std::uint64_t until_ns) noexcept;
  static void write(const QuarantineEntry& entry, Slot& slot) noexcept;
  static bool is_of(const Slot& slot, const IpAddress& address) noexcept;
  std::optional<EndedQuarantine> take_out(Slot& slot, std::uint64_t now_ns) noexcept;

  std::uint64_t key_[2];
  std::unique_ptr<Slot[]> slots_;
  std::unique_ptr<std::atomic<bool>[]> busy_;  // by bucket: somebody writes
  std::atomic<std::size_t> size_{0};
  std::size_t next_ = 0;  // of next_ended()
  std::array<std::array<std::atomic<std::uint64_t>, 2>, kMaxProtected> protected_{};
  std::atomic<std::size_t> num_protected_{0};
};

}  // namespace sekisho::dataplane
