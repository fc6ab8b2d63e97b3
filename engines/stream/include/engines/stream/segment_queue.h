#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engines/memory/memory_pool.h"
#include "engines/stream/stream_config.h"

namespace sekisho::engines::stream {

/// Of two overlapping pieces: whether the later one's bytes count.
/// Places are relative to the earlier piece's beginning.
struct Overlap {
  std::int64_t later_begin;
  std::int64_t later_end;
  std::int64_t earlier_end;
};
bool later_one_counts(OverlapPolicy policy, const Overlap& overlap) noexcept;

/// Segments of one direction that wait for what is before them or for being acknowledged: copies in
/// the pool, disjoint, by sequence number.
class SegmentQueue {
 public:
  struct Segment {
    Segment* next = nullptr;
    std::uint32_t sequence = 0;  // of the first byte
    std::uint32_t size = 0;      // bytes, > 0; they follow the struct
    std::uint32_t block_bytes = 0;
    std::uint32_t original_begin = 0;  // of the whole segment that it came with
    std::uint32_t original_end = 0;
    std::uint32_t urgent = kNoUrgent;  // place of the byte that is left out of the stream
    std::uint32_t begin = 0;           // bytes taken from the front
    std::uint8_t* data() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1) + begin; }
    std::uint32_t end() const noexcept { return sequence + size; }
  };
  static constexpr std::uint32_t kNoUrgent = 0xffffffff;

  struct Piece {
    std::uint32_t sequence;
    std::span<const std::uint8_t> bytes;
    std::uint32_t urgent = kNoUrgent;  // place in `bytes`
  };
  struct Limits {
    std::uint32_t bytes;
    std::uint32_t segments;
  };
  enum class Inserted : std::uint8_t { yes, full, no_memory };

  /// Whether `piece` has other bytes than the queue where they overlap.
  bool differs(const Piece& piece) noexcept;
  /// Keeps copies of what the queue lacks, all or none of it; where it overlaps with other bytes,
  /// `policy` decides.
  Inserted insert(MemoryPool& pool, const Piece& piece, OverlapPolicy policy,
                  const Limits& limits) noexcept;
  Segment* front() noexcept { return front_; }
  /// The first `count` bytes of the front segment, at most all, are not needed any more.
  void take_front(MemoryPool& pool, std::uint32_t count) noexcept;
  /// Sequence number behind the last byte; only when front() is not null.
  std::uint32_t end() const noexcept;
  void clear(MemoryPool& pool) noexcept;

  std::uint32_t bytes() const noexcept { return bytes_; }
  std::uint32_t segments() const noexcept { return segments_; }

 private:
  Segment* last_not_after(std::uint32_t sequence) noexcept;
  static Segment* copy_of(MemoryPool& pool, const Piece& whole, std::uint32_t from,
                          std::uint32_t to) noexcept;
  void merge(Segment* fresh, Segment* where, const Piece& piece, OverlapPolicy policy) noexcept;

  Segment* front_ = nullptr;
  Segment* hint_ = nullptr;  // put in last
  std::uint32_t bytes_ = 0;
  std::uint32_t segments_ = 0;
};

}  // namespace sekisho::engines::stream
