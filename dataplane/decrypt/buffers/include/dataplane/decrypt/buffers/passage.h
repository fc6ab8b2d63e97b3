#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/decrypt/buffers/buffer_pool.h"

namespace sekisho::decrypt {

/// Bytes on their way from one end to the other, in one buffer: read, then lent to whoever looks at
/// them, then cleared, then written, each step never ahead of the one before. It has a buffer only
/// from open() until nothing waits any more.
class Passage {
 public:
  /// False: it has no buffer and none is free.
  [[nodiscard]] bool open(BufferPool& buffers) noexcept;
  /// Gives an empty buffer back.
  void close_if_empty() noexcept;

  /// Where more may be read to; only of an open one. What waits may move.
  std::span<std::uint8_t> room() noexcept;
  void note_read(std::size_t bytes) noexcept { end_ += static_cast<std::uint32_t>(bytes); }

  std::span<const std::uint8_t> unlent() const noexcept { return part(lent_, end_); }
  void note_lent(std::size_t bytes) noexcept { lent_ += static_cast<std::uint32_t>(bytes); }

  /// What else was lent is to be lent again. False, and nothing is cleared: more than is lent.
  [[nodiscard]] bool clear(std::size_t bytes) noexcept;
  /// Nobody is asked.
  void clear_all() noexcept { lent_ = cleared_ = end_; }
  bool awaits_clearing() const noexcept { return cleared_ != lent_; }
  /// What is not cleared goes nowhere.
  void drop_uncleared() noexcept;

  std::span<const std::uint8_t> cleared() const noexcept { return part(begin_, cleared_); }
  void note_written(std::size_t bytes) noexcept;

  bool is_empty() const noexcept { return begin_ == end_; }
  void reset() noexcept;

 private:
  std::span<const std::uint8_t> part(std::uint32_t from, std::uint32_t to) const noexcept {
    if (from == to) return {};
    return buffer_.bytes().subspan(from, to - from);
  }

  Buffer buffer_;
  // Places in the buffer: begin_ <= cleared_ <= lent_ <= end_.
  std::uint32_t begin_ = 0;    // written up to here
  std::uint32_t cleared_ = 0;  // may be written up to here
  std::uint32_t lent_ = 0;     // shown up to here
  std::uint32_t end_ = 0;      // read up to here
};

}  // namespace sekisho::decrypt
