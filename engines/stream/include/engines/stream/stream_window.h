#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engines/memory/memory_pool.h"

namespace sekisho::engines::stream {

/// The newest bytes of one direction, contiguous: what patterns look back on, and what
/// retransmissions are compared with. It grows by need, and slides when it has no reason to grow.
class StreamWindow {
 public:
  static constexpr std::size_t kFirstBytes = 2048;

  struct Limits {
    std::size_t keep = 0;   // bytes before the new ones that should stay
    std::size_t usual = 0;  // grows to this without being asked to keep more
    std::size_t most = 0;   // and to this at most
  };

  /// Empties it; the next byte has this sequence number.
  void start(std::uint32_t sequence) noexcept;
  /// Whether append() will take at least one byte; takes memory for `count` if need be.
  bool reserve(MemoryPool& pool, std::size_t count, const Limits& limits) noexcept {
    if (capacity_ - end_ < count) make_room(pool, count, limits);
    return capacity_ - end_ != 0;
  }
  /// Appends as many of `bytes` as possible, at least one unless the pool has nothing at all; how
  /// many. What was to be kept may be cut when the pool refuses.
  std::size_t append(MemoryPool& pool, std::span<const std::uint8_t> bytes,
                     const Limits& limits) noexcept;
  /// The next byte of the sequence is not part of the stream; it is remembered for comparing, as
  /// are kLeftOut of them.
  void leave_out(std::uint8_t value) noexcept;
  /// `count` sequence numbers are missing: nothing before them is adjacent any more.
  void skip(std::uint32_t count) noexcept;
  void release(MemoryPool& pool) noexcept;

  std::span<const std::uint8_t> view() const noexcept {
    return {data_ + begin_, static_cast<std::size_t>(end_ - begin_)};
  }
  std::uint32_t next() const noexcept { return next_; }
  /// The oldest sequence number that can be compared.
  std::uint32_t oldest() const noexcept { return next_ - comparable_; }
  /// Whether `bytes`, all of them in [oldest(), next()), are what was seen there.
  bool equals(std::uint32_t sequence, std::span<const std::uint8_t> bytes) const noexcept;
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  static constexpr std::size_t kLeftOut = 2;
  struct LeftOut {
    std::uint32_t sequence;
    std::uint8_t value;
  };

  void make_room(MemoryPool& pool, std::size_t count, const Limits& limits) noexcept;
  void move_to(std::uint8_t* place, std::size_t keep) noexcept;

  std::uint8_t* data_ = nullptr;
  std::uint32_t capacity_ = 0;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  std::uint32_t next_ = 0;
  std::uint32_t comparable_ = 0;  // sequence numbers
  std::uint32_t num_left_out_ = 0;
  LeftOut left_out_[kLeftOut] = {};  // newest first
};

}  // namespace sekisho::engines::stream
