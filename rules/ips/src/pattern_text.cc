#include "pattern_text.h"

#include <fmt/format.h>

#include "text.h"

namespace sekisho::rules {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

QuotedValue split_quoted(std::string_view value) {
  QuotedValue result;
  auto text = trim(value);
  result.negated = take_prefix(text, "!");
  text = trim(text);
  if (!text.starts_with('"')) refuse(value, "a text in double quotes is missing");
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      result.inner = text.substr(1, i - 1);
      result.rest = trim(text.substr(i + 1));
      return result;
    }
  }
  refuse(value, "the closing double quote is missing");
}

QuotedValue outer_quoted(std::string_view value) {
  QuotedValue result;
  auto text = trim(value);
  result.negated = take_prefix(text, "!");
  text = trim(text);
  result.inner = unquote(text);
  return result;
}

std::vector<std::uint8_t> hex_bytes(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  int high = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    const int digit = hex_digit(text[i]);
    if (digit < 0) refuse(text.substr(i), fmt::format("\"{}\" is no hex digit", text[i]));
    if (high < 0) {
      high = digit;
      continue;
    }
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + digit));
    high = -1;
  }
  if (high >= 0) refuse(text, "an odd number of hex digits");
  return bytes;
}

std::vector<std::uint8_t> content_bytes(std::string_view inner) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(inner.size());
  for (std::size_t i = 0; i < inner.size(); ++i) {
    const char c = inner[i];
    if (c == '|') {
      const auto end = inner.find('|', i + 1);
      if (end == std::string_view::npos) refuse(inner.substr(i), "\"|\" without its second one");
      const auto part = hex_bytes(inner.substr(i + 1, end - i - 1));
      bytes.insert(bytes.end(), part.begin(), part.end());
      i = end;
    } else if (c == '\\') {
      if (i + 1 == inner.size() ||
          std::string_view("\\\";:").find(inner[i + 1]) == std::string_view::npos)
        refuse(inner.substr(i), "only \\ \" ; : can stand behind a backslash");
      bytes.push_back(static_cast<std::uint8_t>(inner[++i]));
    } else {
      bytes.push_back(static_cast<std::uint8_t>(c));
    }
  }
  if (bytes.empty()) refuse(inner, "a content is empty");
  return bytes;
}

}  // namespace sekisho::rules
