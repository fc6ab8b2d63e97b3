#pragma once

#include <algorithm>
#include <string_view>

namespace sekisho::engines {

/// Whether one of `patterns` is for `host` (both lower case): "a.example", "*.example" (what is
/// below it), "*".
template <class Patterns>
bool fits_any(const Patterns& patterns, std::string_view host) noexcept {
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
    if (pattern == "*") return true;
    if (!pattern.starts_with("*.")) return pattern == host;
    return host.size() >= pattern.size() && host.ends_with(pattern.substr(1));
  });
}

}  // namespace sekisho::engines
