#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "rules/ips/rule.h"

namespace sekisho::rules {

/// A name that a keyword takes for a number of its protocol's wire format.
struct NamedNumber {
  std::string_view name;
  std::uint64_t value;
};

std::optional<std::uint64_t> number_named(std::span<const NamedNumber> names,
                                          std::string_view name) noexcept;

/// What integer keywords take: 5 =5 !5 !=5 <5 <=5 >5 >=5 1-5 1<>5 !1-5 (bounds exclusive), 1<=>5
/// (inclusive), &0xf0=0x10 &0xf0!=0x10; k, m and g (b, ib) as units; with `names` their names.
/// Throws Refusal.
NumberTest number_test_of(std::string_view text, std::uint64_t highest,
                          std::span<const NamedNumber> names = {});

/// "<", "<=", "=", "==", "!=", ">", ">=".
std::optional<Comparison> comparison_named(std::string_view text) noexcept;
/// Takes one of them off the beginning of `text`.
std::optional<Comparison> take_comparison(std::string_view& text) noexcept;

}  // namespace sekisho::rules
