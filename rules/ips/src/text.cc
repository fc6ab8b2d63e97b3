#include "text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sekisho::rules {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

void refuse(std::string_view where, std::string message) {
  throw Refusal{where.data(), std::move(message)};
}

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return text.substr(0, 0);
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool equals_nocase(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  if (trim(text).empty()) return parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(separator, begin), text.size());
    parts.push_back(trim(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return parts;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> parts;
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) parts.push_back(word);
  return parts;
}

std::string_view take_until(std::string_view& text, char separator) noexcept {
  const auto end = text.find(separator);
  const auto part = trim(text.substr(0, end));
  text = end == std::string_view::npos ? text.substr(text.size()) : text.substr(end + 1);
  return part;
}

std::string_view take_word(std::string_view& text) noexcept {
  text = trim(text);
  const auto end = std::min(text.find_first_of(kBlanks), text.size());
  const auto word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

bool take_prefix(std::string_view& text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<std::uint64_t> to_unsigned(std::string_view text) noexcept {
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> to_signed(std::string_view text) noexcept {
  const bool negative = take_prefix(text, "-");
  if (!negative) take_prefix(text, "+");
  const auto magnitude = to_unsigned(text);
  if (!magnitude || *magnitude > std::uint64_t{INT64_MAX}) return std::nullopt;
  const auto value = static_cast<std::int64_t>(*magnitude);
  return negative ? -value : value;
}

std::uint64_t unsigned_of(std::string_view text, std::uint64_t low, std::uint64_t high) {
  const auto value = to_unsigned(text);
  if (!value || *value < low || *value > high)
    refuse(text, fmt::format("\"{}\" is not a number from {} to {}", text, low, high));
  return *value;
}

std::int64_t signed_of(std::string_view text, std::int64_t low, std::int64_t high) {
  const auto value = to_signed(text);
  if (!value || *value < low || *value > high)
    refuse(text, fmt::format("\"{}\" is not a number from {} to {}", text, low, high));
  return *value;
}

std::string_view unquote(std::string_view text) noexcept {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    return text.substr(1, text.size() - 2);
  return text;
}

}  // namespace sekisho::rules
