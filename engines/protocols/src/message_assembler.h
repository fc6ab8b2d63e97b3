#pragma once

#include <cstdint>
#include <span>

#include "engines/memory/memory_pool.h"

namespace sekisho::engines {

/// Messages with a length of their own out of one direction's stream. A message that lies whole in
/// the bytes given is lent from there; only a split one is copied. Of a message over `max_bytes`
/// the first so many come as its beginning and the rest piece by piece.
class MessageAssembler {
 public:
  using Bytes = std::span<const std::uint8_t>;
  /// Bytes of the message that begins with `head` (at least one byte); kUndecided: more are needed;
  /// 0: this is no message.
  using LengthOf = std::uint64_t (*)(Bytes head) noexcept;
  static constexpr std::uint64_t kUndecided = UINT64_MAX;
  static constexpr std::size_t kMaxUndecided = 16;  // a longer head is no message

  MessageAssembler(MemoryPool& pool, std::size_t max_bytes, LengthOf length_of) noexcept
      : partial_(pool, max_bytes), length_of_(length_of) {}

  struct Piece {
    Bytes bytes;
    std::uint64_t left = 0;  // bytes of the message still to come
    bool first = false;      // the message's beginning: whole when nothing is left
  };
  enum class Status : std::uint8_t {
    piece,
    more,    // all is taken
    broken,  // no message, or no memory
  };
  /// Takes the next piece off the front of `bytes`; what it lends is valid until the next call.
  Status next(Bytes& bytes, Piece& piece) noexcept;
  /// `count` bytes are missing; false: it is not known where the next message begins.
  bool skip(std::uint64_t count) noexcept;
  bool is_within_message() const noexcept { return !partial_.empty() || left_ != 0; }
  void reset() noexcept;

 private:
  Status fill(Bytes& bytes, std::uint64_t& length) noexcept;
  Status give(Bytes bytes, std::uint64_t length, Piece& piece) noexcept;

  PooledBytes partial_;
  LengthOf length_of_;
  std::uint64_t left_ = 0;  // of a message whose beginning was given
  bool given_ = false;      // partial_ was lent: to be cleared
};

}  // namespace sekisho::engines
