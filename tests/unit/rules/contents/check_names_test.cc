#include <catch2/catch.hpp>

#include "rules/contents/check_names.h"
#include "rules/contents/own_applications.h"

namespace sekisho::rules {
namespace {

policy::Policy policy_of(const std::string& yaml) {
  auto loaded = policy::load_yaml("version: 1\n" + yaml);
  REQUIRE(std::holds_alternative<policy::LoadedPolicy>(loaded));
  return std::get<policy::LoadedPolicy>(std::move(loaded)).policy;
}

std::string mistakes_in(const std::string& yaml) {
  std::vector<policy::Diagnostic> told;
  for (const auto& mistake : check_content_names(policy_of(yaml)))
    told.push_back(mistake.diagnostic);
  return policy::format(told, "p");
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

TEST_CASE("a name that is none is told with the field that has it") {
  const auto mistakes = check_content_names(
      policy_of("objects: {applications: [{name: a, category: no, hosts: a.test}]}\n"
                "rules: [{name: r, action: block, content: {applications: yuotube, "
                "url_categories: gamling}}]\n"));
  REQUIRE(mistakes.size() == 3);
  CHECK(mistakes[0].field.empty());
  CHECK(mistakes[1].field == "content/applications");
  CHECK(mistakes[2].field == "content/url_categories");
}

TEST_CASE("what a profile exempts from decryption must have a name") {
  CHECK(mistakes_in("objects: {url_categories: [{name: 取引先, entries: [a.test]}]}\n"
                    "profiles: [{name: p, https_decryption: {exempt_categories: [health, 取引先, "
                    "'group:business'], exempt_applications: [youtube, 'category:streaming']}}]\n"
                    "rules: [{name: r, action: allow, profile: p}]\n")
            .empty());
  const auto mistakes = check_content_names(
      policy_of("profiles: [{name: p, https_decryption: {exempt_categories: [helth, adult], "
                "exempt_applications: [yuotube, youtube/upload]}}]\n"
                "rules: [{name: r, action: allow, profile: p}]\n"));
  REQUIRE(mistakes.size() == 4);
  CHECK(mistakes[0].diagnostic.message == "profile 'p': no application is called 'yuotube'");
  CHECK(mistakes[0].field == "https_decryption/exempt_applications");
  CHECK(mistakes[1].diagnostic.message ==
        "profile 'p': 'youtube/upload' is one function of an application; here it is chosen whole: "
        "'youtube'");
  CHECK(mistakes[2].diagnostic.message == "profile 'p': no URL category is called 'helth'");
  CHECK(mistakes[2].field == "https_decryption/exempt_categories");
  CHECK(mistakes[3].diagnostic.message ==
        "profile 'p': no URL category is called 'adult'; the group is written group:adult");
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

TEST_CASE("own applications are named like those of the catalogue, and by category") {
  const std::string own =
      "objects: {applications: [{name: 基幹, hosts: a.test}, {name: b, category: mail, hosts: "
      "b.test}]}\n";
  const auto with_names = [&](const std::string& names) {
    return mistakes_in(own + "rules: [{name: r, action: block, content: {applications: [" + names +
                       "]}}]\n");
  };
  CHECK(with_names("基幹, b, 'category:custom', 'category:mail', dns").empty());
  CHECK(with_names("b/upload") ==
        "p:3:9: rule 'r': own application 'b' has no functions that can be told\n");
  CHECK(with_names("c") == "p:3:9: rule 'r': no application is called 'c'\n");
  CHECK(mistakes_in("rules: [{name: r, action: block, content: {applications: 'category:custom'}}]")
            .empty());

  const auto policy = policy_of(own);
  using Ids = std::vector<std::uint16_t>;
  CHECK(select_own_applications(policy, "b") == Ids{60'001});
  CHECK(select_own_applications(policy, "category:custom") == Ids{60'000});
  CHECK(select_own_applications(policy, "category:mail") == Ids{60'001});
  CHECK(select_own_applications(policy, "dns").empty());
}

TEST_CASE("an own application may not be taken for another, and no host is of two") {
  CHECK(mistakes_in("objects:\n"
                    "  applications:\n"
                    "    - {name: youtube, hosts: a.test}\n"
                    "    - {name: 'category:x', hosts: b.test}\n"
                    "    - {name: a/b, hosts: [c.test, '*.c.test']}\n"
                    "    - name: d\n"
                    "      category: no\n"
                    "      hosts: [d.test,\n"
                    "        a.test]\n") ==
        "p:4:7: application 'youtube' has the name of one of the catalogue\n"
        "p:5:7: application 'category:x' begins with category:, which stands for a category\n"
        "p:6:7: application 'a/b' has a slash, which stands before a function\n"
        "p:8:17: application 'd': no category of applications is called 'no'\n"
        "p:10:9: application 'd': 'a.test' is a host of 'youtube' already\n");
}

TEST_CASE("the catalogue has no category of the name that stands for own applications") {
  CHECK(find_application_category(kOwnApplicationCategory.name) == nullptr);
  CHECK(find_application("custom") == nullptr);
  CHECK(applications().back().id < OwnApplication::kFirstId);
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
