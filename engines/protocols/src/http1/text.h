#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "config/base/byte_reader.h"

namespace sekisho::engines::http1 {

using Bytes = std::span<const std::uint8_t>;

constexpr bool is_blank(std::uint8_t c) noexcept { return c == ' ' || c == '\t'; }
/// What lenient peers skip around names and values: controls and white space.
constexpr bool is_skippable(std::uint8_t c) noexcept { return c <= ' ' || c == 0x7f; }
constexpr std::uint8_t lower(std::uint8_t c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c + 32) : c;
}
constexpr bool is_digit(std::uint8_t c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(std::uint8_t c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr int hex_value(std::uint8_t c) noexcept {
  if (is_digit(c)) return c - '0';
  const auto l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}
/// RFC 9110 §5.6.2.
constexpr bool is_token_character(std::uint8_t c) noexcept {
  return is_digit(c) || is_letter(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

inline bool equals_nocase(Bytes bytes, std::string_view text) noexcept {
  return bytes.size() == text.size() &&
         std::equal(bytes.begin(), bytes.end(), text.begin(), [](std::uint8_t a, char b) {
           return lower(a) == lower(static_cast<std::uint8_t>(b));
         });
}
inline bool starts_nocase(Bytes bytes, std::string_view text) noexcept {
  return bytes.size() >= text.size() && equals_nocase(bytes.first(text.size()), text);
}
/// Where `text` (lower case) begins in `bytes`, in any case; npos.
inline std::size_t find_nocase(Bytes bytes, std::string_view text) noexcept {
  const auto found =
      std::search(bytes.begin(), bytes.end(), text.begin(), text.end(),
                  [](std::uint8_t a, char b) { return lower(a) == static_cast<std::uint8_t>(b); });
  return found == bytes.end() ? std::string_view::npos
                              : static_cast<std::size_t>(found - bytes.begin());
}
inline std::size_t find_byte(Bytes bytes, std::uint8_t byte) noexcept {
  if (bytes.empty()) return std::string_view::npos;
  const auto* at = static_cast<const std::uint8_t*>(std::memchr(bytes.data(), byte, bytes.size()));
  return at == nullptr ? std::string_view::npos : static_cast<std::size_t>(at - bytes.data());
}

/// White space that may stand between messages.
inline std::size_t leading_white_space(Bytes bytes) noexcept {
  std::size_t count = 0;
  while (count < bytes.size() &&
         (is_blank(bytes[count]) || bytes[count] == '\r' || bytes[count] == '\n'))
    ++count;
  return count;
}

/// Without skippable bytes at both ends.
inline Bytes trimmed(Bytes bytes) noexcept {
  while (!bytes.empty() && is_skippable(bytes.front())) bytes = bytes.subspan(1);
  while (!bytes.empty() && is_skippable(bytes.back())) bytes = bytes.first(bytes.size() - 1);
  return bytes;
}

/// `name ":"` at the line's beginning, white space allowed around the name.
bool looks_like_field(Bytes line) noexcept;

/// Appends to memory of a fixed size; what does not fit is left out.
class ScratchWriter {
 public:
  explicit ScratchWriter(std::span<std::uint8_t> room) noexcept : room_(room) {}
  void add(Bytes bytes) noexcept {
    const auto count = std::min(bytes.size(), room_.size() - size_);
    if (count != 0) std::memcpy(room_.data() + size_, bytes.data(), count);
    size_ += count;
  }
  void add(std::string_view text) noexcept {
    for (const auto c : text) add_byte(static_cast<std::uint8_t>(c));
  }
  void add_byte(std::uint8_t byte) noexcept {
    if (size_ < room_.size()) room_[size_++] = byte;
  }
  std::span<std::uint8_t> written() const noexcept { return room_.first(size_); }
  void truncate(std::size_t size) noexcept { size_ = std::min(size, size_); }
  std::size_t size() const noexcept { return size_; }

 private:
  std::span<std::uint8_t> room_;
  std::size_t size_ = 0;
};

}  // namespace sekisho::engines::http1
