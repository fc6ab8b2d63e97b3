#include "rules/ips/reputation.h"

#include <catch2/catch.hpp>

#include "rules/ips/parse.h"

namespace sekisho::rules {
namespace {

constexpr std::string_view kCategories =
    "# all of them\n1,BadHosts,Known bad hosts\r\n\n2, Scanner\n";

std::vector<std::string> refused(const RuleSet& set) {
  std::vector<std::string> lines;
  for (const auto& one : set.refused)
    lines.push_back(one.position.file + ":" + std::to_string(one.position.line) + ":" +
                    std::to_string(one.position.column) + ": " + one.message);
  return lines;
}

TEST_CASE("categories and lists of addresses are read") {
  RuleSet set;
  parse_reputation_categories(kCategories, "a.categories", set);
  parse_reputation_list("192.0.2.1,1,127\n # nobody\n 198.51.100.0/24 , 2 , 0 \n2001:db8::1,1,5",
                        "a.reputation", set);
  CHECK(refused(set).empty());
  CHECK(set.reputation.categories.at("BadHosts") == 1);
  CHECK(set.reputation.categories.at("Scanner") == 2);
  REQUIRE(set.reputation.entries.size() == 3);
  CHECK(to_string(set.reputation.entries[1].range) == "198.51.100.0/24");
  CHECK(set.reputation.entries[0].score == 127);
  CHECK(set.reputation.entries[2].category == 1);
}

TEST_CASE("a wrong line is told with its place and left out alone") {
  RuleSet set;
  parse_reputation_categories("60,Far,\n1,BadHosts,\nx,Y,\n3,,\n2,BadHosts,\n", "a.categories",
                              set);
  CHECK(refused(set) ==
        std::vector<std::string>{"a.categories:1:1: \"60\" is no category number from 0 to 59",
                                 "a.categories:3:1: \"x\" is no category number from 0 to 59",
                                 "a.categories:4:1: a category's name has 1 to 31 characters",
                                 "a.categories:5:3: category BadHosts is number 1 already"});
  set.refused.clear();
  parse_reputation_list(
      "192.0.2.300,1,1\n192.0.2.1,2,1\n192.0.2.1,1,128\n192.0.2.1\n192.0.2.2,1,9\n", "a.reputation",
      set);
  CHECK(refused(set) ==
        std::vector<std::string>{"a.reputation:1:1: \"192.0.2.300\" is no address and no network",
                                 "a.reputation:2:11: no category has the number 2",
                                 "a.reputation:3:13: \"128\" is no score from 0 to 127",
                                 "a.reputation:4:1: \"\" is no category number from 0 to 59"});
  REQUIRE(set.reputation.entries.size() == 1);
  CHECK(set.reputation.entries[0].score == 9);
}

TEST_CASE("of a file that is something else the first lines are told, and how many more") {
  RuleSet set;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "<html>\n";
  parse_reputation_list(text, "a.reputation", set);
  REQUIRE(set.refused.size() == 21);
  CHECK(set.refused.back().message == "980 more lines of it are wrong");
}

}  // namespace
}  // namespace sekisho::rules
