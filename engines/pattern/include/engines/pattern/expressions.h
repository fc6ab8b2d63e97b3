#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::engines::pattern {

/// One expression to look for: wherever PCRE2 finds it, it is found; it may be found elsewhere,
/// too.
struct Expression {
  std::string_view text;
  std::uint32_t options = 0;  // PCRE2 compile options, as PCRE2 numbers them
  std::uint32_t id = 0;
};

/// Reach of an expression that may need all that came before.
inline constexpr std::uint32_t kReachesAll = 0xffffffff;

struct ExpressionFacts {
  std::uint32_t min_bytes = 0;  // of a match; at least 1
  /// Where the last byte that decides on a match is new, so many before the new ones may decide
  /// with it; kReachesAll: any.
  std::uint32_t reach = kReachesAll;
};

/// invalid_input: it cannot be searched for with others: it may match nothing at all, or means what
/// Hyperscan does not know. Off the packet path.
Result<ExpressionFacts> check_expression(std::string_view text, std::uint32_t options);

/// A serialised block-mode database of expressions that check_expression() took; each id is
/// reported at most once a scan. Off the packet path.
Result<std::vector<std::byte>> compile_expressions(std::span<const Expression> expressions);

}  // namespace sekisho::engines::pattern
