#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "config/base/result.h"

namespace sekisho::engines::pattern {

/// One string to look for. Several literals may share an id.
struct Literal {
  std::span<const std::uint8_t> bytes;  // 1 ... kMaxLiteralBytes
  bool nocase = false;                  // ASCII letters only
  std::uint32_t id = 0;
};
inline constexpr std::size_t kMaxLiteralBytes = 32;

/// A serialised block-mode database; each id is reported at most once a scan. Off the packet path.
Result<std::vector<std::byte>> compile_literals(std::span<const Literal> literals);

}  // namespace sekisho::engines::pattern
