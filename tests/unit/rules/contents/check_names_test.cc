#include <catch2/catch.hpp>

#include "rules/contents/check_names.h"

namespace sekisho::rules {
namespace {

policy::Policy policy_of(const std::string& yaml) {
  auto loaded = policy::load_yaml("version: 1\n" + yaml);
  REQUIRE(std::holds_alternative<policy::LoadedPolicy>(loaded));
  return std::get<policy::LoadedPolicy>(std::move(loaded)).policy;
}

std::string mistakes_in(const std::string& yaml) {
  return policy::format(check_content_names(policy_of(yaml)), "p");
}

TEST_CASE("names of applications, categories, groups and own categories are taken") {
  CHECK(mistakes_in("objects: {url_categories: [{name: 取引先, entries: [a.test]}]}\n"
                    "rules: [{name: r, action: block, content: {applications: [dns, "
                    "'category:streaming'], url_categories: [gambling, 'group:adult', 取引先]}}]\n")
            .empty());
}

TEST_CASE("a name that is none is told with the rule that has it") {
  CHECK(mistakes_in("rules:\n"
                    "  - {name: off, enabled: false, action: block, content: {applications: x}}\n"
                    "  - name: r\n"
                    "    action: block\n"
                    "    content:\n"
                    "      applications: [dns, yuotube, 'category:no']\n"
                    "      url_categories: [gamling, 'group:no', adult]\n") ==
        "p:4:5: rule 'r': no application is called 'yuotube'\n"
        "p:4:5: rule 'r': no application is called 'category:no'\n"
        "p:4:5: rule 'r': no URL category is called 'gamling'\n"
        "p:4:5: rule 'r': no group of URL categories is called 'no'\n"
        "p:4:5: rule 'r': no URL category is called 'adult'; the group is written group:adult\n");
}

TEST_CASE("an own category may not be taken for a built-in one or a group") {
  CHECK(mistakes_in("objects:\n"
                    "  url_categories:\n"
                    "    - {name: gambling, entries: []}\n"
                    "    - {name: 'group:adult', entries: []}\n"
                    "    - {name: adult, entries: []}\n") ==
        "p:4:7: URL category 'gambling' has the name of a built-in one\n"
        "p:5:7: URL category 'group:adult' begins with group:, which stands for a group\n");
}

TEST_CASE("no more mistakes are told than a reader would look at") {
  std::string names = "x0";
  for (int i = 1; i < 200; ++i) names += ", x" + std::to_string(i);
  CHECK(check_content_names(policy_of("rules: [{name: r, action: block, content: {applications: [" +
                                      names + "]}}]\n"))
            .size() == policy::kMaxDiagnostics);
}

}  // namespace
}  // namespace sekisho::rules
