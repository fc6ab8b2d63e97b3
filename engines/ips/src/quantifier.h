#pragma once

#include <cstdint>

#include "content_match.h"
#include "tables.h"

namespace sekisho::engines::ips {

/// Whether enough of `count` numbers satisfy a test. `number(i)` is the i-th, `fits(value)` the
/// test.
template <class Number, class Fits>
bool enough_fit(const TestRecord& test, std::span<const std::uint64_t> quantity, std::int64_t count,
                Number number, Fits fits) {
  using rules::Quantifier;
  std::int64_t first = 0, last = count;
  if (!quantity.empty() && quantity[3] != 0) {
    const auto place = [count](std::uint64_t word) {
      const auto at = static_cast<std::int64_t>(word);
      return at < 0 ? count + at : at;
    };
    first = std::max<std::int64_t>(place(quantity[4]), 0);
    last = std::min(place(quantity[5]), count);
  }
  const auto quantifier = static_cast<Quantifier>(test.all);
  if (quantifier == Quantifier::at || quantifier == Quantifier::at_or_absent) {
    const std::int64_t at = test.index < 0 ? count + test.index : test.index;
    if (at < 0 || at >= count) return quantifier == Quantifier::at_or_absent;
    return fits(number(at));
  }
  std::uint64_t fitting = 0;
  for (auto i = first; i < last; ++i) fitting += fits(number(i)) ? 1 : 0;
  const bool all = last > first && fitting == static_cast<std::uint64_t>(last - first);
  switch (quantifier) {
    case Quantifier::any_or_absent:
      return count == 0 || fitting != 0;
    case Quantifier::all:
      return all;
    case Quantifier::all_or_absent:
      return count == 0 || all;
    case Quantifier::count:
      return compare(static_cast<rules::Comparison>(quantity[0]), fitting, quantity[1],
                     quantity[2]);
    default:
      return fitting != 0;
  }
}

}  // namespace sekisho::engines::ips
