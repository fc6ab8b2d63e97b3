#pragma once

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "config/base/address.h"

// Words, numbers and addresses of control channels' lines, each taken from the front of a text.

namespace sekisho::dataplane {

inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// A decimal number of at most `max_digits` digits, at most `max`, taken from the front of `text`.
inline std::optional<std::uint32_t> take_number(std::string_view& text, std::size_t max_digits,
                                                std::uint32_t max) noexcept {
  std::uint32_t value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) {
    if (digits == max_digits) return std::nullopt;
    value = value * 10 + static_cast<std::uint32_t>(text[digits++] - '0');
  }
  if (digits == 0 || value > max) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

inline bool take_char(std::string_view& text, char wanted) noexcept {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

/// `word` is in upper case; the text may be in any.
inline bool take_word(std::string_view& text, std::string_view word) noexcept {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = text[i];
    if ((c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c) != word[i]) return false;
  }
  text.remove_prefix(word.size());
  return true;
}

/// What stands before `end`, which is taken with it; all of `text` where there is none.
inline std::string_view take_until(std::string_view& text, char end) noexcept {
  const std::size_t length = text.find(end);
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length == std::string_view::npos ? text.size() : length + 1);
  return taken;
}

/// An address and nothing else. An IPv6 one that stands for an IPv4 one is none.
inline std::optional<IpAddress> read_address(std::string_view text, bool v6) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return std::nullopt;
  std::memcpy(terminated.data(), text.data(), text.size());
  if (v6) {
    IpAddress address;
    if (::inet_pton(AF_INET6, terminated.data(), address.bytes.data()) != 1) return std::nullopt;
    return address.is_v4() ? std::nullopt : std::optional(address);
  }
  std::array<std::uint8_t, 4> b{};
  if (::inet_pton(AF_INET, terminated.data(), b.data()) != 1) return std::nullopt;
  return IpAddress::from_v4(std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 |
                            std::uint32_t{b[2]} << 8 | b[3]);
}

}  // namespace sekisho::dataplane
