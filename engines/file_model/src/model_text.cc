#include "engines/file_model/model_text.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "config/base/json_depth.h"
#include "engines/file_features/file_features.h"

namespace sekisho::engines::file_model {
namespace {

using file_features::Feature;
using file_features::kFeatures;
using file_features::Kind;
using file_features::kKinds;
using nlohmann::json;

constexpr const char* kFormat = "sekisho-file-model";
constexpr int kVersion = 1;
constexpr std::size_t kMaxLevels = 4;
constexpr float kMostWeight = 100;  // of a leaf: learned ones are below 1
constexpr std::array<const char*, kSensitivities> kSensitivityNames{"low", "medium", "high"};

Error bad(std::string_view what) {
  return {Error::Code::invalid_input, "model: " + std::string(what)};
}

json feature_names() {
  json names = json::array();
  for (std::size_t i = 0; i < kFeatures; ++i) names.push_back(name_of(static_cast<Feature>(i)));
  return names;
}

bool read_number(const json& value, float& out) {
  if (!value.is_number()) return false;
  out = value.get<float>();
  return std::isfinite(out);
}

bool read_index(const json& value, std::uint64_t below, std::uint64_t& out) {
  if (!value.is_number_unsigned()) return false;
  out = value.get<std::uint64_t>();
  return out < below;
}

/// [value, cover] of a leaf, [value, cover, feature, left, right, 1: missing goes left] otherwise.
bool read_node(const json& said, std::size_t index, std::size_t nodes, Node& out) {
  if (!said.is_array() || (said.size() != 2 && said.size() != 6)) return false;
  if (!read_number(said[0], out.value) || !read_number(said[1], out.cover) || out.cover <= 0)
    return false;
  if (said.size() == 2) return std::abs(out.value) <= kMostWeight;
  std::uint64_t feature = 0, left = 0, right = 0, missing_left = 0;
  if (!read_index(said[2], kFeatures, feature) || !read_index(said[3], nodes, left) ||
      !read_index(said[4], nodes, right) || !read_index(said[5], 2, missing_left) ||
      left <= index || right <= index || left == right)
    return false;
  out.feature = static_cast<std::uint16_t>(feature);
  out.left = static_cast<std::uint32_t>(left);
  out.right = static_cast<std::uint32_t>(right);
  out.missing_left = missing_left == 1;
  return true;
}

/// Each node but the root is one other's child, and none lies too deep. Children stand behind their
/// parents, so one walk is enough.
bool is_tree(const Tree& tree) {
  std::vector<unsigned> depths(tree.size(), 0);
  for (std::size_t i = 0; i < tree.size(); ++i) {
    if (i != 0 && depths[i] == 0) return false;
    if (depths[i] > kMaxDepth) return false;
    if (tree[i].is_leaf()) continue;
    for (const auto child : {tree[i].left, tree[i].right}) {
      if (depths[child] != 0) return false;
      depths[child] = depths[i] + 1;
    }
  }
  return true;
}

std::optional<Tree> read_tree(const json& said) {
  if (!said.is_array() || said.empty() || said.size() > kMaxNodes) return std::nullopt;
  Tree tree(said.size());
  for (std::size_t i = 0; i < said.size(); ++i)
    if (!read_node(said[i], i, said.size(), tree[i])) return std::nullopt;
  if (!is_tree(tree)) return std::nullopt;
  return tree;
}

bool read_thresholds(const json& said, Thresholds& out) {
  if (!said.is_object()) return false;
  for (std::size_t i = 0; i < kSensitivities; ++i) {
    const auto found = said.find(kSensitivityNames[i]);
    if (found == said.end() || !read_number(*found, out[i]) || out[i] <= 0 || out[i] >= 1)
      return false;
  }
  return std::is_sorted(out.begin(), out.end(), std::greater<>());
}

}  // namespace

std::string write_model(const ModelParts& model) {
  json trees = json::array();
  for (const auto& tree : model.trees) {
    json nodes = json::array();
    for (const auto& node : tree) {
      json said{node.value, node.cover};
      if (!node.is_leaf())
        said.insert(said.end(), {node.feature, node.left, node.right, node.missing_left ? 1 : 0});
      nodes.push_back(std::move(said));
    }
    trees.push_back(std::move(nodes));
  }
  json thresholds;
  for (std::size_t kind = 1; kind < kKinds; ++kind)
    for (std::size_t i = 0; i < kSensitivities; ++i)
      thresholds[std::string(name_of(static_cast<Kind>(kind)))][kSensitivityNames[i]] =
          model.thresholds[kind][i];
  return json{{"format", kFormat},        {"version", kVersion},
              {"built", model.built},     {"features", feature_names()},
              {"base", model.base},       {"thresholds", std::move(thresholds)},
              {"trees", std::move(trees)}}
             .dump(-1, ' ', false, json::error_handler_t::replace) +
         "\n";
}

Result<ModelParts> read_model(std::string_view text) {
  if (text.size() > kMaxModelBytes) return bad("too long");
  if (nested_deeper(text, kMaxLevels)) return bad("nested too deeply");
  const auto said = json::parse(text, nullptr, false);
  if (!said.is_object() || said.value("format", json()) != kFormat) return bad("not of this form");
  if (said.value("version", json()) != kVersion ||
      said.value("features", json()) != feature_names())
    return Error{Error::Code::version, "model: made for another version of this program"};
  ModelParts model;
  const auto built = said.value("built", json());
  if (!built.is_string() || built.get_ref<const std::string&>().size() > kMaxNote)
    return bad("built is no short text");
  model.built = built.get<std::string>();
  if (!read_number(said.value("base", json()), model.base) || model.base <= 0 || model.base >= 1)
    return bad("base is not between 0 and 1");
  const auto thresholds = said.value("thresholds", json());
  for (std::size_t kind = 1; kind < kKinds; ++kind) {
    const std::string name(name_of(static_cast<Kind>(kind)));
    if (!thresholds.is_object() ||
        !read_thresholds(thresholds.value(name, json()), model.thresholds[kind]))
      return bad("thresholds of " + name +
                 " are not low, medium and high, descending, between 0 and 1");
  }
  const auto trees = said.find("trees");
  if (trees == said.end() || !trees->is_array() || trees->empty() || trees->size() > kMaxTrees)
    return bad("no trees, or too many");
  std::size_t nodes = 0;
  for (const auto& one : *trees) {
    auto tree = read_tree(one);
    if (!tree) return bad("tree " + std::to_string(model.trees.size()) + " is none");
    nodes += tree->size();
    if (nodes > kMaxNodes) return bad("too many nodes");
    model.trees.push_back(*std::move(tree));
  }
  return model;
}

}  // namespace sekisho::engines::file_model
