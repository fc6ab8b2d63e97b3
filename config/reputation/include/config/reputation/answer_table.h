#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sekisho::reputation {

/// Where an answer is from; its names are those of the EVE field `source`.
enum class AnswerSource : std::uint8_t {
  none,
  service,   // the console's look-up service
  database,  // the box's own
  failed,    // nobody could be asked
};

/// What is known of one URL.
struct Answer {
  static constexpr std::uint8_t kUnrated = 0xff;

  std::uint32_t expires_s = 0;    // Unix time
  std::uint16_t category = 0;     // of rules/urls/categories.h; 0: none
  std::uint8_t score = kUnrated;  // 0 to 100, or kUnrated
  AnswerSource source = AnswerSource::none;
  bool operator==(const Answer&) const = default;
};

/// An answer under the key of its URL. `guard` is key XOR `value`, so that halves of two answers
/// never look like one (Hyatt's lockless hashing): readers need no lock and never wait.
struct AnswerEntry {
  std::atomic<std::uint64_t> guard{0};
  std::atomic<std::uint64_t> value{0};
};
inline constexpr std::size_t kAnswerWays = 4;
struct alignas(64) AnswerBucket {
  AnswerEntry ways[kAnswerWays];
};
static_assert(sizeof(AnswerBucket) == 64 && std::atomic<std::uint64_t>::is_always_lock_free);

/// Answers that have not expired, in memory that somebody else owns: one thread of one process
/// writes, any number read. What another process wrote is checked by value and never leads to an
/// address. Bounded: the answer that would expire first gives way in a full bucket.
class AnswerTable {
 public:
  AnswerTable() = default;
  /// `buckets`: a power of two.
  AnswerTable(AnswerBucket* first, std::size_t buckets) noexcept
      : first_(first), mask_(buckets - 1) {}

  /// Any thread: one cache line is read. Nothing: not known, or expired at `now_s` (Unix time).
  std::optional<Answer> find(std::uint64_t key, std::uint32_t now_s) const noexcept;
  /// The writer.
  void put(std::uint64_t key, const Answer& answer, std::uint32_t now_s) noexcept;
  void clear() noexcept;

 private:
  AnswerBucket& bucket_of(std::uint64_t key) const noexcept { return first_[key & mask_]; }
  AnswerBucket* first_ = nullptr;
  std::uint64_t mask_ = 0;
};

}  // namespace sekisho::reputation
