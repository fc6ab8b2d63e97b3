#pragma once

#include <array>
#include <cstdint>

#include "dataplane/decrypt/buffers/buffer_pool.h"
#include "dataplane/decrypt/buffers/turn_outcome.h"
#include "dataplane/decrypt/takeover/rebuild.h"

namespace sekisho::decrypt {

/// What is between the two halves of a connection that was taken over and cannot be opened: their
/// bytes go through as they are, in both directions, with the ends' half-closes and resets. The
/// loop tells it when one of its sockets may be read or written (edge-triggered) and lets it work
/// in turns.
///
/// An end that does not read stops its other end by TCP's own window: nothing more is read from one
/// than one buffer, which waits for the other.
class Session {
 public:
  /// `sent`: the first `sent_bytes` of it are the client's, and not yet at the server.
  Session(RebuiltPair pair, Buffer sent, std::uint32_t sent_bytes) noexcept;

  /// `events` as epoll tells them of the socket towards `side`.
  void note(Side side, std::uint32_t events) noexcept;
  /// One turn.
  TurnOutcome work(BufferPool& buffers) noexcept;

  /// Bytes that `from` has sent and the other end's socket has taken.
  std::uint64_t carried(Side from) const noexcept { return ways_[index(from)].carried; }
  bool was_reset() const noexcept { return was_reset_; }
  const RebuiltPair& sockets() const noexcept { return pair_; }

  /// Ends it without a word to anybody: the sockets are closed in repair mode.
  void forget() noexcept;

 private:
  static constexpr std::size_t index(Side side) noexcept { return static_cast<std::size_t>(side); }

  struct End {
    bool readable = false;
    bool writable = true;
    bool has_closed = false;  // its FIN is there, behind what is still to be read
    bool failed = false;      // the kernel has an error for it
  };
  /// From one end to the other.
  struct Way {
    Buffer buffer;
    std::uint32_t begin = 0, end = 0;  // in the buffer: read and not yet written
    bool is_ended = false;             // the sender has closed
    bool is_shut = false;              // the receiver knows
    std::uint64_t carried = 0;
  };
  enum class Step : std::uint8_t { moved, stuck, no_buffer, failed };

  Step step(Side from, BufferPool& buffers) noexcept;
  Step read_some(Side from, BufferPool& buffers) noexcept;
  Step write_some(Side from) noexcept;
  Step pass_on_end(Side from) noexcept;
  void reset_both() noexcept;

  RebuiltPair pair_;
  std::array<End, 2> ends_;
  std::array<Way, 2> ways_;  // by sender
  bool was_reset_ = false;
};

}  // namespace sekisho::decrypt
