#include "xgboost_text.h"

#include <array>
#include <charconv>
#include <vector>

#include "engines/file_features/file_features.h"

namespace sekisho::engines::file_model {
namespace {

/// XGBoost tells real numbers from whole ones by their point or exponent.
std::string real(float value) {
  std::array<char, 32> room;
  const auto end =
      std::to_chars(room.data(), room.data() + room.size(), value, std::chars_format::scientific);
  return {room.data(), end.ptr};
}

template <class Value>
void add_list(std::string& out, std::string_view name, const Tree& tree, Value value) {
  out.append("\"").append(name).append("\":[");
  for (std::size_t i = 0; i < tree.size(); ++i) {
    if (i != 0) out += ',';
    out += value(i);
  }
  out += "],";
}

std::vector<std::int64_t> parents_of(const Tree& tree) {
  constexpr std::int64_t kNone = 2147483647;
  std::vector<std::int64_t> parents(tree.size(), kNone);
  for (std::size_t i = 0; i < tree.size(); ++i) {
    if (tree[i].is_leaf()) continue;
    parents[tree[i].left] = static_cast<std::int64_t>(i);
    parents[tree[i].right] = static_cast<std::int64_t>(i);
  }
  return parents;
}

void add_tree(std::string& out, const Tree& tree, std::size_t id) {
  const auto parents = parents_of(tree);
  const auto whole = [](auto value) { return std::to_string(value); };
  const auto child = [&](std::size_t i, std::uint32_t to) {
    return tree[i].is_leaf() ? std::string("-1") : whole(to);
  };
  const auto nothing = [](std::size_t) { return std::string("0E0"); };
  out += "{";
  add_list(out, "base_weights", tree, nothing);
  out +=
      "\"categories\":[],\"categories_nodes\":[],\"categories_segments\":[],"
      "\"categories_sizes\":[],";
  add_list(out, "default_left", tree,
           [&](std::size_t i) { return whole(tree[i].missing_left ? 1 : 0); });
  out.append("\"id\":").append(whole(id)).append(",");
  add_list(out, "left_children", tree, [&](std::size_t i) { return child(i, tree[i].left); });
  add_list(out, "loss_changes", tree, nothing);
  add_list(out, "parents", tree, [&](std::size_t i) { return whole(parents[i]); });
  add_list(out, "right_children", tree, [&](std::size_t i) { return child(i, tree[i].right); });
  add_list(out, "split_conditions", tree, [&](std::size_t i) { return real(tree[i].value); });
  add_list(out, "split_indices", tree, [&](std::size_t i) { return whole(tree[i].feature); });
  add_list(out, "split_type", tree, [](std::size_t) { return std::string("0"); });
  add_list(out, "sum_hessian", tree, [&](std::size_t i) { return real(tree[i].cover); });
  out.append("\"tree_param\":{\"num_deleted\":\"0\",\"num_feature\":\"");
  out.append(whole(file_features::kFeatures))
      .append("\",\"num_nodes\":\"")
      .append(whole(tree.size()));
  out.append("\",\"size_leaf_vector\":\"0\"}}");
}

}  // namespace

std::string xgboost_text(const ModelParts& model) {
  std::string out =
      "{\"learner\":{\"attributes\":{},\"feature_names\":[],\"feature_types\":[],"
      "\"gradient_booster\":{\"model\":{\"gbtree_model_param\":{\"num_parallel_tree\":\"1\","
      "\"num_trees\":\"";
  out.append(std::to_string(model.trees.size()))
      .append("\",\"size_leaf_vector\":\"0\"},\"tree_info\":[");
  for (std::size_t i = 0; i < model.trees.size(); ++i) out += i == 0 ? "0" : ",0";
  out += "],\"trees\":[";
  for (std::size_t i = 0; i < model.trees.size(); ++i) {
    if (i != 0) out += ',';
    add_tree(out, model.trees[i], i);
  }
  out.append("]},\"name\":\"gbtree\"},\"learner_model_param\":{\"base_score\":\"");
  out.append(real(model.base)).append("\",\"num_class\":\"0\",\"num_feature\":\"");
  out.append(std::to_string(file_features::kFeatures));
  out +=
      "\",\"num_target\":\"1\"},\"objective\":{\"name\":\"binary:logistic\",\"reg_loss_param\":"
      "{\"scale_pos_weight\":\"1\"}}},\"version\":[1,7,4]}";
  return out;
}

}  // namespace sekisho::engines::file_model
