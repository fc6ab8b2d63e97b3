#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::engines::pattern {

/// One expression of bytes that Hyperscan itself decides on: `.` is any byte.
struct ExactExpression {
  std::string_view text;  // NUL-free
  bool nocase = false;
  std::uint32_t within = 0;  // it ends within so many first bytes; 0: anywhere
  std::uint32_t id = 0;
};

/// A serialised block-mode database; each id is reported at most once a scan. invalid_input: an
/// expression means what Hyperscan does not know, or may match nothing at all. Off the packet path.
Result<std::vector<std::byte>> compile_exact_expressions(
    std::span<const ExactExpression> expressions);

}  // namespace sekisho::engines::pattern
