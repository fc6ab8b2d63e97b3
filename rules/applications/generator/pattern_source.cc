// Patterns of payloads as the catalogue writes them, as regular expressions.
#include <algorithm>
#include <bit>

#include "catalogue_source.h"

namespace sekisho::rules {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

bool is_letter_or_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string escaped(unsigned byte) {
  return std::string("\\x") + kDigits[byte >> 4] + kDigits[byte & 15U];
}

/// A byte of which only the digits in `mask` are fixed.
std::string class_of(unsigned byte, unsigned mask) {
  if (mask == 0) return ".";
  if (mask == 0xff) return escaped(byte);
  if (mask == 0xf0) return "[" + escaped(byte) + "-" + escaped(byte | 15U) + "]";
  std::string all = "[";
  for (unsigned high = 0; high < 16; ++high) all += escaped(high << 4 | byte);
  return all + "]";
}

/// The text between two bars.
bool read_bytes(std::string_view digits, CatalogueSource::Pattern& pattern) {
  std::string value, mask;
  if (!read_hex(digits, value, mask)) return false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto fixed = static_cast<unsigned char>(mask[i]);
    pattern.expression += class_of(static_cast<unsigned char>(value[i]), fixed);
    pattern.fixed_bits += static_cast<std::size_t>(std::popcount(fixed));
  }
  return true;
}

bool is_plain(char c) noexcept { return c > ' ' && c < '\x7f' && c != '\\'; }

/// How many characters stand at the beginning of `regex` for one byte of the subject that is
/// always the same; 0: they stand for something else.
std::size_t plain_at(std::string_view regex) noexcept {
  constexpr std::string_view kMeta = "^$.[]()|?*+{}";
  if (regex[0] != '\\') return kMeta.find(regex[0]) == kMeta.npos ? 1 : 0;
  if (regex.size() >= 4 && regex[1] == 'x') return 4;
  return regex.size() >= 2 && !is_letter_or_digit(regex[1]) ? 2 : 0;
}

/// Behind the class, count or group that begins `regex`.
std::size_t behind_bracket(std::string_view regex) noexcept {
  const char begin = regex[0], end = begin == '[' ? ']' : begin == '{' ? '}' : ')';
  std::size_t depth = 1;
  for (std::size_t i = 1; i < regex.size(); ++i) {
    if (regex[i] == '\\')
      ++i;
    else if (regex[i] == begin && begin == '(')
      ++depth;
    else if (regex[i] == end && --depth == 0)
      return i + 1;
  }
  return regex.size();
}

/// Bytes that are the same in whatever the expression finds, as far as they stand outside of
/// classes and groups; what can be left out or repeated does not count.
std::size_t num_fixed_bytes(std::string_view regex) noexcept {
  std::size_t count = 0;
  while (!regex.empty()) {
    if (regex[0] == '|') return 0;  // another expression as a whole
    auto size = plain_at(regex);
    const bool plain = size != 0;
    if (!plain) size = regex[0] == '\\' ? 2 : 1;
    if (regex[0] == '[' || regex[0] == '{' || regex[0] == '(') size = behind_bracket(regex);
    const auto behind = regex.substr(std::min(size, regex.size()));
    const bool optional =
        !behind.empty() && std::string_view("?*{").find(behind[0]) != std::string_view::npos;
    if (plain && !optional) ++count;
    regex = behind;
  }
  return count;
}

}  // namespace

std::string read_pattern_text(std::string_view text, CatalogueSource::Pattern& pattern) {
  if (text.empty()) return "a pattern is empty";
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    if (c == '|') {
      const auto end = text.find('|', 1);
      if (end == text.npos || !read_bytes(text.substr(1, end - 1), pattern))
        return "between bars stand up to 32 bytes of two digits, or .. for any";
      text.remove_prefix(end + 1);
      continue;
    }
    if (c >= 0x80) return "bytes beyond ASCII are written as |ff|";
    const char letter = text.front();
    pattern.expression += is_letter_or_digit(letter) ? std::string(1, letter) : escaped(c);
    pattern.fixed_bits += 8;
    text.remove_prefix(1);
  }
  return {};
}

std::string read_pattern_regex(std::string_view regex, CatalogueSource::Pattern& pattern) {
  constexpr std::size_t kMostCharacters = 512;
  if (regex.size() > kMostCharacters) return "a regular expression has up to 512 characters";
  const bool is_ascii = std::all_of(regex.begin(), regex.end(),
                                    [](char c) { return is_plain(c) || c == '\\' || c == ' '; });
  if (!is_ascii) return "a regular expression is of ASCII, other bytes are written as \\xff";
  pattern.fixed_bits = 8 * num_fixed_bytes(regex);
  if (pattern.expression.empty())
    pattern.expression = regex;
  else
    pattern.expression += "(?:" + std::string(regex) + ")";
  return {};
}

std::string mistake_in(const CatalogueSource::Patterns& patterns) {
  constexpr std::size_t kLeastBits = 48, kLeastBitsOnPort = 32;
  if (patterns.client.empty() && patterns.server.empty() && patterns.either.empty())
    return "patterns are of client, server or either";
  if (!patterns.either.empty() && !(patterns.client.empty() && patterns.server.empty()))
    return "patterns of either end stand alone";
  std::size_t bits = 0;
  for (const auto* list : {&patterns.client, &patterns.server, &patterns.either})
    for (const auto& one : *list) bits += one.fixed_bits;
  if (bits < (patterns.port == 0 ? kLeastBits : kLeastBitsOnPort))
    return "patterns need 6 fixed bytes in all, or 4 and a port";
  return {};
}

bool is_ja4(std::string_view text) noexcept {
  constexpr std::size_t kFirst = 10, kFurther = 12;
  const auto digits = [](std::string_view part, std::string_view allowed) {
    return part.find_first_not_of(allowed) == part.npos;
  };
  const auto first = text.substr(0, kFirst);
  if (first.size() < kFirst || text.size() > kFirst + 2 * (1 + kFurther) ||
      (first[0] != 't' && first[0] != 'q') ||
      !digits(first, "abcdefghijklmnopqrstuvwxyz0123456789"))
    return false;
  for (text.remove_prefix(kFirst); !text.empty(); text.remove_prefix(1 + kFurther))
    if (text.size() < 1 + kFurther || text[0] != '_' || !digits(text.substr(1, kFurther), kDigits))
      return false;
  return true;
}

}  // namespace sekisho::rules
