// The measures of files of all kinds, and what a model makes of them.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "engines/file_features/file_features.h"

using namespace sekisho::engines::file_features;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto features = measure({data, size});
  if (static_cast<std::size_t>(features.kind) >= kKinds) std::abort();
  for (std::size_t i = 0; i < kFeatures; ++i) {
    if (std::isinf(features.values[i])) std::abort();
    if (features.kind == Kind::none && !std::isnan(features.values[i])) std::abort();
    if (features.values[i] < 0) std::abort();
    if (name_of(static_cast<Feature>(i)).empty()) std::abort();
  }
  if (features.kind != Kind::none && std::isnan(features[Feature::file_entropy])) std::abort();
  return 0;
}
