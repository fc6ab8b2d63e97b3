#include "dataplane/decrypt/buffers/passage.h"

#include <cstring>

namespace sekisho::decrypt {

bool Passage::open(BufferPool& buffers) noexcept {
  if (!buffer_) buffer_ = buffers.take();
  return static_cast<bool>(buffer_);
}

void Passage::close_if_empty() noexcept {
  if (is_empty()) reset();
}

std::span<std::uint8_t> Passage::room() noexcept {
  constexpr std::uint32_t kSmall = std::uint32_t{16} << 10;  // a record of TLS
  const auto all = buffer_.bytes();
  if (begin_ != 0 && all.size() - end_ < kSmall) {
    std::memmove(all.data(), all.data() + begin_, end_ - begin_);
    end_ -= begin_;
    lent_ -= begin_;
    cleared_ -= begin_;
    begin_ = 0;
  }
  return all.subspan(end_);
}

bool Passage::clear(std::size_t bytes) noexcept {
  if (bytes > lent_ - cleared_) return false;
  cleared_ += static_cast<std::uint32_t>(bytes);
  lent_ = cleared_;
  return true;
}

void Passage::drop_uncleared() noexcept {
  lent_ = end_ = cleared_;
  close_if_empty();
}

void Passage::note_written(std::size_t bytes) noexcept {
  begin_ += static_cast<std::uint32_t>(bytes);
  close_if_empty();
}

void Passage::reset() noexcept {
  buffer_.reset();
  begin_ = cleared_ = lent_ = end_ = 0;
}

}  // namespace sekisho::decrypt
