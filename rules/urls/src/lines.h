#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sekisho::rules {

inline std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kSpaces = " \t\r\f\v";
  const auto first = text.find_first_not_of(kSpaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// A text line by line, numbered from 1. A byte order mark in front is skipped.
class Lines {
 public:
  explicit Lines(std::string_view text) noexcept : rest_(text) {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
  }
  bool next(std::string_view& line) noexcept {
    if (rest_.empty()) return false;
    const auto end = std::min(rest_.find('\n'), rest_.size());
    line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    return true;
  }
  std::size_t number() const noexcept { return number_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

/// Takes the next word off `text`; empty at its end.
inline std::string_view take_word(std::string_view& text) noexcept {
  text = trim(text);
  const auto word = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace sekisho::rules
