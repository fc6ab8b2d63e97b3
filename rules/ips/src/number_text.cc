#include "number_text.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "text.h"

namespace sekisho::rules {
namespace {

constexpr std::array<std::pair<std::string_view, Comparison>, 7> kComparisons{{
    {"<=", Comparison::less_or_equal},
    {">=", Comparison::greater_or_equal},
    {"!=", Comparison::not_equal},
    {"==", Comparison::equal},
    {"<", Comparison::less},
    {">", Comparison::greater},
    {"=", Comparison::equal},
}};

constexpr std::array<std::pair<std::string_view, unsigned>, 9> kUnits{{
    {"kib", 10},
    {"mib", 20},
    {"gib", 30},
    {"kb", 10},
    {"mb", 20},
    {"gb", 30},
    {"k", 10},
    {"m", 20},
    {"g", 30},
}};

class NumberReader {
 public:
  NumberReader(std::uint64_t highest, std::span<const NamedNumber> names)
      : highest_(highest), names_(names) {}

  std::uint64_t value(std::string_view text) const {
    text = trim(text);
    if (const auto named = number_named(names_, text)) return *named;
    unsigned shift = 0;
    auto digits = text;
    for (const auto& [unit, bits] : kUnits) {
      if (!has_unit(text, unit)) continue;
      shift = bits;
      digits = trim(text.substr(0, text.size() - unit.size()));
      break;
    }
    const auto number = to_unsigned(digits);
    if (!number || *number > highest_ >> shift) refuse_value(text);
    return *number << shift;
  }

  NumberTest range(std::string_view low, std::string_view high, Comparison comparison) const {
    const NumberTest test{comparison, value(low), value(high), false};
    const auto room = comparison == Comparison::between ? 2U : 0U;
    if (test.high < test.low || test.high - test.low < room)
      refuse(low, fmt::format("no number is between {} and {}", test.low, test.high));
    return test;
  }

  /// &MASK=VALUE, &MASK!=VALUE, and &MASK alone for any of its bits.
  NumberTest mask(std::string_view text) const {
    const auto equal = text.find('=');
    if (equal == std::string_view::npos) return {Comparison::bits_any, value(text), 0, false};
    auto left = text.substr(0, equal);
    const bool negated = left.ends_with('!');
    if (negated) left.remove_suffix(1);
    const NumberTest test{Comparison::bits_equal, value(left), value(text.substr(equal + 1)),
                          negated};
    if ((test.high & ~test.low) != 0)
      refuse(text, fmt::format("{:#x} has bits outside of the mask {:#x}", test.high, test.low));
    return test;
  }

 private:
  /// 0x6b is no "0x6" with a unit: only decimal digits take one-letter units.
  static bool has_unit(std::string_view text, std::string_view unit) noexcept {
    return text.size() > unit.size() && !text.starts_with("0x") &&
           equals_nocase(text.substr(text.size() - unit.size()), unit);
  }
  [[noreturn]] void refuse_value(std::string_view text) const {
    if (names_.empty())
      refuse(text, fmt::format("\"{}\" is not a number up to {}", text, highest_));
    refuse(text, fmt::format("\"{}\" is neither a number up to {} nor a name known here", text,
                             highest_));
  }

  std::uint64_t highest_;
  std::span<const NamedNumber> names_;
};

}  // namespace

std::optional<std::uint64_t> number_named(std::span<const NamedNumber> names,
                                          std::string_view name) noexcept {
  for (const auto& one : names)
    if (equals_nocase(one.name, name)) return one.value;
  return std::nullopt;
}

std::optional<Comparison> comparison_named(std::string_view text) noexcept {
  for (const auto& [name, comparison] : kComparisons)
    if (name == text) return comparison;
  return std::nullopt;
}

std::optional<Comparison> take_comparison(std::string_view& text) noexcept {
  for (const auto& [name, comparison] : kComparisons)
    if (take_prefix(text, name)) {
      text = trim(text);
      return comparison;
    }
  return std::nullopt;
}

NumberTest number_test_of(std::string_view text, std::uint64_t highest,
                          std::span<const NamedNumber> names) {
  const NumberReader reader(highest, names);
  text = trim(text);
  if (text.empty()) refuse(text, "a number is missing");
  // A name may hold a dash ("rc4-hmac"), which must not be taken for a range.
  if (const auto named = number_named(names, text)) return {Comparison::equal, *named, 0, false};
  if (const auto comparison = take_comparison(text))
    return {*comparison, reader.value(text), 0, false};
  if (text.front() == '!') {
    if (trim(text.substr(1)).starts_with('!')) refuse(text, "a number is negated twice");
    auto inner = number_test_of(text.substr(1), highest, names);
    inner.negated = !inner.negated;
    return inner;
  }
  if (text.front() == '&') return reader.mask(trim(text.substr(1)));
  const std::pair<std::string_view, Comparison> separators[] = {
      {"<=>", Comparison::between_inclusive},
      {"<>", Comparison::between},
      {"-", Comparison::between}};
  for (const auto& [separator, comparison] : separators) {
    const auto at = text.find(separator);
    if (at != std::string_view::npos && at > 0)
      return reader.range(text.substr(0, at), text.substr(at + separator.size()), comparison);
  }
  return {Comparison::equal, reader.value(text), 0, false};
}

}  // namespace sekisho::rules
