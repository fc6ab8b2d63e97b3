#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sekisho::rules {

/// `!"text"`, with whatever stands behind the closing quote (Snort 3's modifiers).
struct QuotedValue {
  bool negated = false;
  std::string_view inner;
  std::string_view rest;
};
/// Throws Refusal when there are no quotes.
QuotedValue split_quoted(std::string_view value);

/// The same up to the value's last quote, for expressions: they may hold quotes that nobody
/// escaped, and old rules write them without any around.
QuotedValue outer_quoted(std::string_view value);

/// The bytes that a content's text means: |hex|, and \ before \ " ; :. Throws Refusal.
std::vector<std::uint8_t> content_bytes(std::string_view inner);
/// "0d0ac8ff", blanks allowed. Throws Refusal.
std::vector<std::uint8_t> hex_bytes(std::string_view text);

}  // namespace sekisho::rules
