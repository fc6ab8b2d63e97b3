#include <algorithm>
#include <cmath>
#include <filesystem>

#include "measured.h"

namespace sekisho::engines::file_features::test {
namespace {

TEST_CASE("every prefix of every kind of file is measured without harm") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SEKISHO_SEEDS_DIR)) {
    const auto file = seed(entry.path().filename().string());
    ++files;
    const auto step = std::max<std::size_t>(1, file.size() / 200);
    for (std::size_t size = 0; size < file.size(); size += step) {
      const auto features = measured(file.substr(0, size));
      const auto& values = features.values;
      CHECK(std::none_of(values.begin(), values.end(),
                         [](float v) { return std::isinf(v) || v < 0; }));
    }
  }
  CHECK(files > 20);
}

TEST_CASE("each kind has a name, and each measure a name and a meaning of its own") {
  CHECK(name_of(Kind::none) == "none");
  CHECK(name_of(Kind::pdf) == "pdf");
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const auto feature = static_cast<Feature>(i);
    CHECK_FALSE(meaning_of(feature).empty());
    for (std::size_t k = 0; k < i; ++k) CHECK(name_of(static_cast<Feature>(k)) != name_of(feature));
  }
}

}  // namespace
}  // namespace sekisho::engines::file_features::test
