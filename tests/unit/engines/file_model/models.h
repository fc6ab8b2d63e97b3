#pragma once

#include "engines/file_model/model_text.h"

namespace sekisho::engines::file_model::test {

/// Two trees over two measures of PE files.
inline ModelParts small_model() {
  using file_features::Feature;
  const auto number = [](Feature feature) { return static_cast<std::uint16_t>(feature); };
  ModelParts model{.built = "test", .base = 0.5F, .thresholds = {}, .trees = {}};
  model.thresholds.fill({0.9F, 0.6F, 0.3F});
  model.thresholds[0] = {};  // of files that are not measured
  model.trees.push_back(
      {{.left = 1,
        .right = 2,
        .feature = number(Feature::pe_writable_code),
        .missing_left = true,
        .value = 0.5F,
        .cover = 10},
       {.left = 0, .right = 0, .feature = 0, .missing_left = false, .value = -1.5F, .cover = 6},
       {.left = 3,
        .right = 4,
        .feature = number(Feature::pe_code_entropy),
        .missing_left = false,
        .value = 7,
        .cover = 4},
       {.left = 0, .right = 0, .feature = 0, .missing_left = false, .value = 0.25F, .cover = 2},
       {.left = 0, .right = 0, .feature = 0, .missing_left = false, .value = 2, .cover = 2}});
  model.trees.push_back(
      {{.left = 0, .right = 0, .feature = 0, .missing_left = false, .value = 0.5F, .cover = 10}});
  return model;
}

}  // namespace sekisho::engines::file_model::test
