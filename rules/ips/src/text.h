#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sekisho::rules {

/// Why a rule alone is not taken; caught in parse_rules(). `at` points into the rule's text where
/// the mistake is (or is null: the rule's beginning).
struct Refusal {
  const char* at = nullptr;
  std::string message;
};
[[noreturn]] void refuse(std::string_view where, std::string message);

std::string_view trim(std::string_view text) noexcept;
bool equals_nocase(std::string_view a, std::string_view b) noexcept;
std::string to_lower(std::string_view text);

/// Splits at `separator`, each part trimmed; an empty text has no parts.
std::vector<std::string_view> split(std::string_view text, char separator);
/// Splits at blanks.
std::vector<std::string_view> words(std::string_view text);

/// Takes the part before `separator` off `text` (all of it when there is none), trimmed.
std::string_view take_until(std::string_view& text, char separator) noexcept;
/// The first word; the rest, trimmed, stays in `text`.
std::string_view take_word(std::string_view& text) noexcept;
bool take_prefix(std::string_view& text, std::string_view prefix) noexcept;

/// Decimal, or hexadecimal behind 0x; the whole text must be the number.
std::optional<std::uint64_t> to_unsigned(std::string_view text) noexcept;
std::optional<std::int64_t> to_signed(std::string_view text) noexcept;

/// The same or a refusal "KEYWORD: ... is not a number from LOW to HIGH".
std::uint64_t unsigned_of(std::string_view text, std::uint64_t low, std::uint64_t high);
std::int64_t signed_of(std::string_view text, std::int64_t low, std::int64_t high);

/// What stands between double quotes; a text without quotes as it is.
std::string_view unquote(std::string_view text) noexcept;

}  // namespace sekisho::rules
