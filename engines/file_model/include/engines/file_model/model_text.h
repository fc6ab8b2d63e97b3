#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "engines/file_features/file_features.h"

namespace sekisho::engines::file_model {

/// How readily a file is suspected: each has its threshold, the lower the more sensitive.
enum class Sensitivity : std::uint8_t { low, medium, high };
inline constexpr std::size_t kSensitivities = 3;

/// Of scores, by Sensitivity; descending.
using Thresholds = std::array<float, kSensitivities>;

/// One node of a tree. A leaf has left 0, and its weight in `value`.
struct Node {
  std::uint32_t left = 0, right = 0;  // both further on than the node itself
  std::uint16_t feature = 0;          // what is asked: is it less than `value`?
  bool missing_left = false;          // where files go of which it is not known
  float value = 0;
  float cover = 1;  // how much of what was learned from came by here, over 0
  bool is_leaf() const noexcept { return left == 0; }
  bool operator==(const Node&) const = default;
};
using Tree = std::vector<Node>;  // the root first

/// What a model's file says. A score is the logistic function of the sum of one leaf of each tree
/// and the logit of `base`.
struct ModelParts {
  std::string built;  // when, and of what; for people, at most kMaxNote bytes
  float base = 0.5F;
  std::array<Thresholds, file_features::kKinds> thresholds{};  // by Kind
  std::vector<Tree> trees;
  bool operator==(const ModelParts&) const = default;
};

inline constexpr std::size_t kMaxModelBytes = std::size_t{8} << 20;
inline constexpr std::size_t kMaxNote = 256;
inline constexpr std::size_t kMaxTrees = 2000;
inline constexpr std::size_t kMaxNodes = 200'000;  // of all trees
inline constexpr unsigned kMaxDepth = 32;

/// JSON. It names all features, so that a model of other ones is refused.
std::string write_model(const ModelParts& model);
/// Checks all of it: what it returns can be followed without further questions. version: a model of
/// other features or of another form; invalid_input: whatever else is wrong.
Result<ModelParts> read_model(std::string_view text);

}  // namespace sekisho::engines::file_model
