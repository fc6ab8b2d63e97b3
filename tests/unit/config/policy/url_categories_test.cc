#include <catch2/catch.hpp>

#include "load_policy.h"

namespace sekisho::policy {
namespace {

std::string with(const std::string& categories) {
  return "version: 1\nobjects: {url_categories: [" + categories + "]}\n";
}

TEST_CASE("a URL category has a name, a title and entries like the lists'") {
  const auto loaded = load_good(
      "version: 1\n"
      "objects:\n"
      "  url_categories:\n"
      "    - name: shops\n"
      "      title: 取引先 Suppliers\n"
      "      entries: ['*.Example.com', example.net/Shop, 192.0.2.0/24, 2001:db8::1]\n"
      "    - {name: 2024, entries: }\n"
      "rules: [{name: r, action: block, content: {url_categories: [shops, gambling]}}]\n");
  const auto& categories = loaded.policy.url_categories;
  REQUIRE(categories.size() == 2);
  CHECK(categories[0].name == "shops");
  CHECK(categories[0].title == "取引先 Suppliers");
  REQUIRE(categories[0].entries.size() == 4);
  CHECK(categories[0].entries[0].value == "*.example.com");
  CHECK(categories[0].entries[1].value == "example.net/Shop");
  CHECK(categories[0].entries[1].position.line == 6);
  CHECK(categories[0].position.line == 4);
  CHECK(categories[1].name == "2024");
  CHECK(categories[1].entries.empty());
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0].message == "URL category '2024' is not used by any rule");
  CHECK(describe(loaded.policy).find("URL category 'shops': '取引先 Suppliers' *.example.com, ") !=
        std::string::npos);
}

TEST_CASE("mistakes in URL categories are told with their place") {
  const auto refused = [](const std::string& categories) { return load_bad(with(categories)); };
  CHECK(refused("{name: a, entries: []}, {name: a, entries: []}") ==
        "2:59: 'a' is the name of an earlier URL category\n");
  CHECK(refused("{name: a}") == "2:28: a URL category needs 'entries'\n");
  CHECK(refused("{name: any, entries: []}").starts_with("2:35: "));
  CHECK(refused("{name: a, entries: [x.test, 'http://y.test/']}")
            .starts_with("2:56: 'http://y.test/' has a scheme"));
  CHECK(refused("{name: a, entries: [10.0.0.0/33]}").starts_with("2:48: '10.0.0.0/33'"));
  CHECK(refused("{name: a, title: '" + std::string(81, 'x') + "', entries: []}") ==
        "2:45: title has 81 characters, the limit is 80\n");
}

TEST_CASE("there are as many URL categories as the gateway has numbers for") {
  const auto many = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += (i == 0 ? "{name: c" : ", {name: c") + std::to_string(i) + ", entries: []}";
    return with(text);
  };
  CHECK(load_good(many(124)).policy.url_categories.size() == 124);
  CHECK(load_bad(many(125)).find("url_categories has 125 entries, the limit is 124") !=
        std::string::npos);
}

TEST_CASE("an entry that a URL category has already is told, one of another category is not") {
  const auto loaded = load_good(
      "version: 1\n"
      "objects:\n"
      "  url_categories:\n"
      "    - {name: a, entries: [x.test, x.test]}\n"
      "    - {name: b, entries: [x.test]}\n"
      "rules: [{name: r, action: block, content: {url_categories: [a, b]}}]\n");
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0].message == "'x.test' is in the category's list already (line 4)");
}

TEST_CASE("a difference names what changed of a URL category") {
  const auto load = [](const std::string& category) { return load_good(with(category)).policy; };
  const auto lines = diff(load("{name: a, entries: [x.test, y.test]}"),
                          load("{name: a, title: Ours, entries: [x.test, z.test]}"));
  CHECK(lines == std::vector<std::string>{"URL category 'a' title: none -> 'Ours'",
                                          "URL category 'a' changed: +z.test -y.test"});
}

}  // namespace
}  // namespace sekisho::policy
