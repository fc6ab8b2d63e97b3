#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sekisho::rules {

/// The code point at `at`, which moves behind it. False: no UTF-8 (overlong, surrogate, cut off).
bool next_code_point(std::string_view text, std::size_t& at, char32_t& out) noexcept;

/// What UTS #46 does to a code point of a host name, as far as it is known here without Unicode's
/// tables: case of Latin, Greek, Cyrillic and Armenian letters, full-width forms, full stops.
struct MappedCodePoint {
  enum class Kind : std::uint8_t { as, dropped, unmapped } kind = Kind::as;
  char32_t to = 0;  // kind as: itself, or what it becomes
};
MappedCodePoint map_code_point(char32_t c) noexcept;

}  // namespace sekisho::rules
