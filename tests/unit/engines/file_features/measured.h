#pragma once

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "config/base/text_bytes.h"
#include "engines/file_features/file_features.h"

namespace sekisho::engines::file_features::test {

/// A file of the fuzz target's corpus.
inline std::string seed(const std::string& name) {
  std::ifstream file(std::string(SEKISHO_SEEDS_DIR) + "/" + name, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  REQUIRE_FALSE(bytes.empty());
  return bytes;
}

inline FileFeatures measured(std::string_view file) { return measure(bytes_of(file)); }

}  // namespace sekisho::engines::file_features::test
