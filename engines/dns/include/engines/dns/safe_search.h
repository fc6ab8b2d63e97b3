#pragma once

#include <cstdint>
#include <string_view>

namespace sekisho::engines::dns {

/// A set of policy::kSafeSearchNames: bit i is name i.
using SafeSearches = std::uint16_t;

/// The bit of a name of the policy; 0: it is none.
SafeSearches safe_search_called(std::string_view name) noexcept;

/// The name whose addresses answer for `name` (lower case, no final dot) where `wanted` are
/// enforced; empty: it is asked for as it is. Of youtube and youtube_strict together the strict.
std::string_view safe_search_target(std::string_view name, SafeSearches wanted) noexcept;

}  // namespace sekisho::engines::dns
