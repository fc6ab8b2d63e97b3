#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "rules/urls/categories.h"

using namespace sekisho::rules;

TEST_CASE("there are at least 80 URL categories, each with a name of its own and a known group") {
  std::set<std::string_view> names;
  std::set<std::uint16_t> ids;
  for (const auto& category : url_categories()) {
    CAPTURE(category.name);
    CHECK(names.insert(category.name).second);
    CHECK(ids.insert(category.id).second);
    CHECK(category.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
          std::string_view::npos);
    CHECK(find_url_group(category.group) != nullptr);
    CHECK_FALSE(category.title.empty());
    CHECK(category.title_ja != category.title);
    CHECK(find_url_category(category.name) == &category);
    CHECK(url_category(category.id) == &category);
  }
  CHECK(names.size() >= 80);
}

TEST_CASE("every group of URL categories has members") {
  for (const auto& group : url_groups()) {
    CAPTURE(group.name);
    std::size_t members = 0;
    for (const auto& category : url_categories()) members += category.group == group.name ? 1 : 0;
    CHECK(members > 0);
  }
}

TEST_CASE("numbers of URL categories that policies may hold do not move") {
  const std::pair<const char*, int> kFixed[] = {
      {"phishing", 1}, {"malware", 2},   {"command_and_control", 3}, {"newly_registered", 4},
      {"drugs", 61},   {"vpn", 91},      {"gambling", 110},          {"social_network", 130},
      {"games", 160},  {"banking", 211}, {"shopping", 240},          {"generative_ai", 266},
      {"news", 330},   {"health", 350},  {"advertising", 370},
  };
  for (const auto& [name, id] : kFixed) {
    CAPTURE(name);
    REQUIRE(find_url_category(name) != nullptr);
    CHECK(find_url_category(name)->id == id);
  }
}

TEST_CASE("what is no URL category is not found") {
  CHECK(find_url_category("") == nullptr);
  CHECK(find_url_category("Gambling") == nullptr);
  CHECK(find_url_group("gamblin") == nullptr);
  CHECK(url_category(0) == nullptr);
  CHECK(url_category(kFirstCustomUrlCategory) == nullptr);
  CHECK(url_category(0xffff) == nullptr);
}
