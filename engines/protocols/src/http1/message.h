#pragma once

#include "engines/memory/memory_pool.h"
#include "http1/framing.h"
#include "http1/header_table.h"

namespace sekisho::engines::http1 {

/// Start line and header fields of one message as they arrive.
class MessageHead {
 public:
  /// no_head: an answer that does not begin with a status line; bytes() is all of it so far.
  enum class Progress : std::uint8_t { more, line_done, done, no_head };
  /// Bytes before an answer's status line in which it is looked for.
  static constexpr std::size_t kMaxJunkBytes = 512;

  explicit MessageHead(MemoryPool& pool) noexcept
      : table(pool), bytes_(pool, HeaderTable::kMaxHeadBytes) {}

  /// Takes from the front of `in` (`taken`: how many), as far as the next thing that is done.
  Progress read(Bytes in, bool response, std::size_t& taken) noexcept;
  /// The head ends here, whatever is missing.
  void end() noexcept;
  void reset() noexcept;
  /// The bytes, which are then gone from here.
  PooledBytes take() noexcept;

  bool empty() const noexcept { return bytes_.empty(); }
  bool line_done() const noexcept { return line_done_; }
  bool done() const noexcept { return done_; }
  bool too_long() const noexcept { return too_long_; }
  /// Could end here; waits for a look at what follows.
  bool pending() const noexcept { return pending_; }
  Bytes bytes() const noexcept { return bytes_.view(); }
  Bytes line() const noexcept { return bytes().subspan(line_at_, line_bytes_); }
  /// The header block with its blank line.
  Bytes block() const noexcept { return bytes().subspan(std::min(block_at_, bytes_.size())); }
  std::size_t block_at() const noexcept { return std::min(block_at_, bytes_.size()); }
  /// After done: bytes of earlier calls that were only looked at and come after the head.
  Bytes unread() const noexcept { return std::span(unread_).first(num_unread_); }
  /// What is body for peers that end the head at the first line that looks blank.
  Bytes other_reading() const noexcept {
    return other_body_at_ == 0 ? Bytes{} : bytes().subspan(std::min(other_body_at_, bytes_.size()));
  }

  HeaderTable table;
  /// The head may end without a field: nothing needs to follow its blank line.
  bool may_be_bare = false;

 private:
  enum class Blank : std::uint8_t { no, end, unsure };
  Progress scan(bool response) noexcept;
  Progress skip_junk() noexcept;
  Blank classify(Bytes line, Bytes following, bool response) noexcept;
  void make_room() noexcept;
  std::size_t cut_off_rest(std::size_t taken) noexcept;

  static constexpr std::size_t kLookAheadBytes = 64;  // enough to tell a field from a body

  PooledBytes bytes_;
  std::size_t scanned_ = 0;   // where the line that is being looked at begins
  std::size_t searched_ = 0;  // no line feed before this
  std::size_t line_at_ = 0, line_bytes_ = 0, block_at_ = 0;
  std::size_t pending_end_ = 0;
  std::size_t other_body_at_ = 0;
  std::array<std::uint8_t, kLookAheadBytes> unread_{};
  std::size_t num_unread_ = 0;
  bool line_done_ = false, done_ = false, too_long_ = false, pending_ = false;
};

}  // namespace sekisho::engines::http1
