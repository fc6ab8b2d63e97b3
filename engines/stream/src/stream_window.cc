#include "engines/stream/stream_window.h"

#include <algorithm>
#include <cstring>

#include "engines/stream/sequence.h"

namespace sekisho::engines::stream {

void StreamWindow::start(std::uint32_t sequence) noexcept {
  begin_ = end_ = 0;
  comparable_ = num_left_out_ = 0;
  next_ = sequence;
}

void StreamWindow::release(MemoryPool& pool) noexcept {
  pool.release(data_, capacity_);
  data_ = nullptr;
  capacity_ = 0;
  start(next_);
}

void StreamWindow::skip(std::uint32_t count) noexcept { start(next_ + count); }

void StreamWindow::leave_out(std::uint8_t value) noexcept {
  ++next_;
  ++comparable_;
  if (num_left_out_ == kLeftOut)  // the oldest is forgotten, and where things are before it
    comparable_ = std::min(comparable_, next_ - left_out_[kLeftOut - 1].sequence - 1);
  for (std::size_t i = kLeftOut - 1; i > 0; --i) left_out_[i] = left_out_[i - 1];
  left_out_[0] = {next_ - 1, value};
  num_left_out_ = std::min<std::uint32_t>(num_left_out_ + 1, kLeftOut);
}

std::size_t StreamWindow::append(MemoryPool& pool, std::span<const std::uint8_t> bytes,
                                 const Limits& limits) noexcept {
  if (!reserve(pool, bytes.size(), limits)) return 0;
  const auto count = std::min<std::size_t>(bytes.size(), capacity_ - end_);
  std::memcpy(data_ + end_, bytes.data(), count);
  end_ += static_cast<std::uint32_t>(count);
  next_ += static_cast<std::uint32_t>(count);
  comparable_ += static_cast<std::uint32_t>(count);
  return count;
}

/// Room for `count` more, or for some when the pool refuses.
void StreamWindow::make_room(MemoryPool& pool, std::size_t count, const Limits& limits) noexcept {
  const std::size_t keep = std::min<std::size_t>(limits.keep, end_ - begin_);
  const std::size_t wanted = keep + count;
  // Moving what is kept costs a copy; in a block of twice the size that is rare.
  const bool keeps_little = keep <= limits.usual / 2;
  const bool slides =
      wanted <= capacity_ / 2 || (keeps_little && wanted <= capacity_ && capacity_ >= limits.usual);
  if (!slides) {
    const std::size_t usual = std::max(wanted, limits.usual);
    const std::size_t twice = std::max(kFirstBytes, 2 * wanted);
    const std::size_t bytes = keeps_little ? std::min(twice, usual) : twice;
    const std::size_t block = std::min(MemoryPool::block_bytes(bytes), limits.most);
    auto* const larger =
        block > capacity_ ? static_cast<std::uint8_t*>(pool.allocate(block)) : nullptr;
    if (larger != nullptr) {
      std::uint8_t* const old = data_;
      const std::size_t old_capacity = capacity_;
      capacity_ = static_cast<std::uint32_t>(block);
      move_to(larger, keep);
      pool.release(old, old_capacity);
      return;
    }
    if (capacity_ == 0) return;
  }
  // Without more memory the new bytes come first, in pieces of half the block if need be.
  const std::size_t room =
      wanted <= capacity_ ? count : std::min<std::size_t>(count, capacity_ - capacity_ / 2);
  move_to(data_, std::min<std::size_t>(keep, capacity_ - room));
}

/// The newest `keep` bytes begin at `place`; the others are gone.
void StreamWindow::move_to(std::uint8_t* place, std::size_t keep) noexcept {
  if (keep != 0) std::memmove(place, data_ + end_ - keep, keep);
  data_ = place;
  begin_ = 0;
  end_ = static_cast<std::uint32_t>(keep);
  auto at_hand = static_cast<std::uint32_t>(keep);
  for (std::uint32_t i = 0; i < num_left_out_; ++i)
    if (next_ - left_out_[i].sequence <= at_hand + 1) ++at_hand;
  comparable_ = std::min(comparable_, at_hand);
}

bool StreamWindow::equals(std::uint32_t sequence,
                          std::span<const std::uint8_t> bytes) const noexcept {
  while (!bytes.empty()) {
    std::uint32_t run = static_cast<std::uint32_t>(bytes.size());
    std::uint32_t left_out_behind = 0;
    bool is_left_out = false;
    for (std::uint32_t i = 0; i < num_left_out_; ++i) {
      const auto ahead = distance(sequence, left_out_[i].sequence);
      if (ahead == 0) {
        if (left_out_[i].value != bytes[0]) return false;
        is_left_out = true;
      } else if (ahead > 0) {
        ++left_out_behind;
        run = std::min(run, static_cast<std::uint32_t>(ahead));
      }
    }
    if (is_left_out) {
      run = 1;
    } else {
      const std::uint32_t at = end_ - (next_ - sequence - left_out_behind);
      if (std::memcmp(data_ + at, bytes.data(), run) != 0) return false;
    }
    sequence += run;
    bytes = bytes.subspan(run);
  }
  return true;
}

}  // namespace sekisho::engines::stream
