#pragma once

#include <random>
#include <span>
#include <string>
#include <string_view>

namespace sekisho::tests {

/// A family of malware by the shape of the names that it makes: alphabet, lengths, top-level
/// domains, as published analyses describe them. The names are not those of any seed or date.
struct DgaFamily {
  std::string_view name;
  bool of_words = false;  // of a dictionary: letters tell nothing
  std::string (*make)(std::mt19937_64& random) = nullptr;
};

std::span<const DgaFamily> dga_families() noexcept;

}  // namespace sekisho::tests
