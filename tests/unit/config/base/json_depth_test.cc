#include "config/base/json_depth.h"

#include <catch2/catch.hpp>
#include <string>

using sekisho::nested_deeper;

TEST_CASE("a JSON text is as deep as its brackets outside of texts") {
  struct Row {
    std::string json;
    std::size_t levels;
  };
  const auto row = GENERATE(values<Row>({{"", 0},
                                         {"7", 0},
                                         {R"("[[[")", 0},
                                         {"{}", 1},
                                         {"[[],[],[]]", 2},
                                         {R"({"a":[{"b":1}]})", 3},
                                         {R"({"a\"[[":"]\\","b":[1]})", 2},
                                         {"]]]]" + std::string(3, '['), 3},
                                         {std::string(500'000, '['), 500'000}}));
  CAPTURE(row.json.substr(0, 40));
  CHECK_FALSE(nested_deeper(row.json, row.levels));
  if (row.levels > 0) CHECK(nested_deeper(row.json, row.levels - 1));
}
