#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <variant>

#include "config/policy/policy.h"

namespace sekisho::engines {

/// A setting of a section that was validated: every setting is there, with its type.
template <class T>
const T& setting(const policy::Section& section, std::string_view name) {
  return *std::get_if<T>(&section.find(name)->second);
}

/// The place of `word`, which is one of `words`.
template <class Words>
std::size_t place_of(const Words& words, std::string_view word) {
  return static_cast<std::size_t>(std::find(words.begin(), words.end(), word) - words.begin());
}

}  // namespace sekisho::engines
