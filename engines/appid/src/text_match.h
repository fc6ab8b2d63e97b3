#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace sekisho::engines::appid {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
constexpr bool is_printable(char c) noexcept { return c >= 0x20 && c < 0x7f; }

/// `word` in upper case.
inline bool starts_with_ignoring_case(std::string_view text, std::string_view word) noexcept {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                  [](char w, char t) { return w == upper(t); });
}
inline bool contains_ignoring_case(std::string_view text, std::string_view word) noexcept {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char t, char w) { return upper(t) == w; }) != text.end();
}

/// The first line without its end, and whether its end is there. Lines longer than any start line
/// worth reading are cut.
struct FirstLine {
  static constexpr std::size_t kMaxBytes = 2048;

  explicit FirstLine(std::string_view payload) noexcept : text(payload.substr(0, kMaxBytes)) {
    if (const auto end = text.find('\n'); end != text.npos) {
      text = text.substr(0, end);
      is_complete = true;
      if (text.ends_with('\r')) text.remove_suffix(1);
    }
  }
  bool is_text() const noexcept { return std::all_of(text.begin(), text.end(), is_printable); }

  std::string_view text;
  bool is_complete = false;
};

/// Three digits at the start of `text`.
inline bool starts_with_status(std::string_view text) noexcept {
  return text.size() >= 3 && is_digit(text[0]) && is_digit(text[1]) && is_digit(text[2]);
}

/// A request line "METHOD target VERSION...": the rest behind METHOD and its space, or empty when
/// the line begins with none of `methods`.
template <std::size_t N>
std::string_view behind_method(std::string_view line,
                               const std::array<std::string_view, N>& methods) noexcept {
  for (const auto method : methods)
    if (line.size() > method.size() + 1 && line.starts_with(method) && line[method.size()] == ' ')
      return line.substr(method.size() + 1);
  return {};
}

}  // namespace sekisho::engines::appid
