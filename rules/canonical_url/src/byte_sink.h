#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace sekisho::rules {

/// Writes into room of a fixed size; what does not fit is not written, and told by overflowed().
class ByteSink {
 public:
  explicit ByteSink(std::span<char> room) noexcept : room_(room) {}

  void put(char c) noexcept {
    if (size_ < room_.size())
      room_[size_++] = c;
    else
      overflowed_ = true;
  }
  void put(std::string_view text) noexcept {
    for (const char c : text) put(c);
  }
  void cut_to(std::size_t size) noexcept { size_ = size; }
  std::size_t size() const noexcept { return size_; }
  bool overflowed() const noexcept { return overflowed_; }
  std::string_view text(std::size_t from = 0) const noexcept {
    return {room_.data() + from, size_ - from};
  }

 private:
  std::span<char> room_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

inline char lower_ascii(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// -1: no hexadecimal digit.
inline int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = lower_ascii(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/// The byte that "%41" at `at` stands for; -1 when no escape is there.
inline int escaped_byte(std::string_view text, std::size_t at) noexcept {
  if (text[at] != '%' || text.size() - at < 3) return -1;
  const int high = hex_value(text[at + 1]), low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace sekisho::rules
