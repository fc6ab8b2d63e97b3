#include "engines/file_model/model_text.h"

#include <catch2/catch.hpp>
#include <functional>
#include <nlohmann/json.hpp>

#include "models.h"

namespace sekisho::engines::file_model::test {
namespace {

using nlohmann::json;

TEST_CASE("a model is read as it was written") {
  const auto model = small_model();
  const auto read = read_model(write_model(model));
  REQUIRE(read);
  CHECK(*read == model);
}

TEST_CASE("what is no model is refused with its reason") {
  struct Case {
    std::string what;
    std::function<void(json&)> change;
    Error::Code code = Error::Code::invalid_input;
  };
  const auto wrong = GENERATE(
      Case{"not of this form", [](json& m) { m["format"] = "x"; }},
      Case{"made for another version of this program", [](json& m) { m["version"] = 2; },
           Error::Code::version},
      Case{"made for another version of this program", [](json& m) { m["features"].erase(0); },
           Error::Code::version},
      Case{"built is no short text", [](json& m) { m["built"] = std::string(257, 'x'); }},
      Case{"base is not between", [](json& m) { m["base"] = 1; }},
      Case{"thresholds of pe", [](json& m) { m["thresholds"]["pe"]["low"] = 0.1; }},
      Case{"thresholds of pdf", [](json& m) { m["thresholds"].erase("pdf"); }},
      Case{"thresholds of macros", [](json& m) { m["thresholds"]["macros"]["high"] = -1; }},
      Case{"no trees, or too many", [](json& m) { m["trees"] = json::array(); }},
      Case{"tree 1 is none", [](json& m) { m["trees"][1] = json::array(); }},
      Case{"tree 0 is none", [](json& m) { m["trees"][0][1][0] = 1e30; }},
      Case{"tree 0 is none", [](json& m) { m["trees"][0][0][1] = 0; }},
      Case{"tree 0 is none", [](json& m) { m["trees"][0][0][1] = -5; }},
      Case{"tree 0 is none", [](json& m) { m["trees"][0][0][2] = 5000; }},
      Case{"tree 0 is none", [](json& m) { m["trees"][0][0][3] = 5; }},  // no such node
      Case{"tree 0 is none", [](json& m) { m["trees"][0][2][3] = 2; }},  // its own child
      Case{"tree 0 is none", [](json& m) { m["trees"][0][2][3] = 1; }},  // one before it
      Case{"tree 0 is none", [](json& m) { m["trees"][0][0][3] = 3; }},  // two parents
      Case{"tree 0 is none",
           [](json& m) {
             m["trees"][0].push_back({0.5, 1});
           }},  // nobody's child
      Case{"tree 0 is none", [](json& m) { m["trees"][0][0][5] = 2; }},
      Case{"tree 0 is none", [](json& m) { m["trees"][0][0].push_back(1); }},
      Case{"tree 0 is none", [](json& m) { m["trees"][0][1][0] = "x"; }});
  auto changed = json::parse(write_model(small_model()));
  wrong.change(changed);
  const auto read = read_model(changed.dump());
  REQUIRE_FALSE(read);
  CHECK(read.error().code == wrong.code);
  CHECK_THAT(read.error().message, Catch::Contains(wrong.what));
}

TEST_CASE("texts that are no JSON, too long or too deep are refused") {
  CHECK(read_model("").error().message == "model: not of this form");
  CHECK(read_model("[]").error().message == "model: not of this form");
  CHECK(read_model(std::string(kMaxModelBytes + 1, ' ')).error().message == "model: too long");
  CHECK(read_model(std::string(99, '[')).error().message == "model: nested too deeply");
}

/// A tree that is a list: each node has one leaf, and the last two.
Tree chain(std::uint32_t depth) {
  const Node leaf{
      .left = 0, .right = 0, .feature = 0, .missing_left = false, .value = 1, .cover = 1};
  Tree tree;
  for (std::uint32_t i = 0; i < depth; ++i) {
    auto node = leaf;
    node.left = 2 * i + 1;
    node.right = 2 * i + 2;
    tree.push_back(node);
    tree.push_back(leaf);
  }
  tree.push_back(leaf);
  return tree;
}

TEST_CASE("a tree may be so deep and no deeper") {
  auto model = small_model();
  model.trees[0] = chain(kMaxDepth);
  CHECK(read_model(write_model(model)));
  model.trees[0] = chain(kMaxDepth + 1);
  CHECK_FALSE(read_model(write_model(model)));
}

}  // namespace
}  // namespace sekisho::engines::file_model::test
