#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/bundle/bundle.h"

namespace sekisho::bundle {

// Both ends check with these: what the console would not build, no gateway opens. Each gives what
// is wrong in printable ASCII, or an empty string.

std::string problem_with(const Identity& identity);

/// `entries` in ascending order of name. Counts, names and sizes.
std::string problem_with(const std::vector<PackedFiles::Entry>& entries);

/// `entries` have no problem, so this cannot overflow.
std::uint64_t total_bytes(const std::vector<PackedFiles::Entry>& entries) noexcept;

}  // namespace sekisho::bundle
