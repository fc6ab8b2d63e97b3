#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::content {

/// A database's entries as text, from which every box makes its own file: lines in ascending order
/// of their bytes, each once, none empty, each ended by a line feed. Two versions differ by the
/// lines that came and went, however differently their files are laid out.
inline constexpr std::size_t kMaxListBytes = std::size_t{64} << 20;

/// Takes `lines` (without line feeds) in any order, the same several times.
std::string make_entry_list(std::vector<std::string> lines);
/// invalid_input: the line that is out of order, empty or unended; no line at all is a list too.
Status check_entry_list(std::string_view list);
std::size_t num_entries(std::string_view list) noexcept;

/// What makes `wanted` of `base`, both lists: lines "-ENTRY" and "+ENTRY" in the order of their
/// entries.
std::string difference_of(std::string_view base, std::string_view wanted);
/// The list that `difference` makes of the list `base`. invalid_input: it takes away what is not
/// there, adds what is there, is out of order, or leads to more than `most` bytes.
Result<std::string> apply_difference(std::string_view base, std::string_view difference,
                                     std::size_t most);

}  // namespace sekisho::content
