#include "rules/applications/catalogue.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace sekisho::rules;

TEST_CASE("ids ascend, names are unique and fit for policy files, every text is there") {
  std::uint16_t last = 0;
  std::set<std::string_view> names;
  for (const auto& entry : applications()) {
    CAPTURE(entry.name);
    CHECK(entry.id > last);
    last = entry.id;
    CHECK(names.insert(entry.name).second);
    CHECK(entry.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == entry.name.npos);
    CHECK_FALSE(entry.title.empty());
    CHECK_FALSE(entry.title_ja.empty());
    CHECK_FALSE(entry.category.empty());
    CHECK((entry.port == 0 || entry.protocol != 0));
  }
}

TEST_CASE("an application is found by its name and by its id, and nothing else is") {
  for (const auto& entry : applications()) {
    CHECK(find_application(entry.name) == &entry);
    CHECK(application(entry.id) == &entry);
  }
  CHECK(find_application("") == nullptr);
  CHECK(find_application("DHCP") == nullptr);
  CHECK(application(0) == nullptr);
  CHECK(application(39) == nullptr);
  CHECK(application(65535) == nullptr);
}

TEST_CASE("DHCP is a network protocol extension that can only be on UDP port 67 at either end") {
  const auto* const dhcp = find_application("dhcp");
  REQUIRE(dhcp != nullptr);
  CHECK(dhcp->id == application_id::kDhcp);
  CHECK(dhcp->category == "network_protocols_extensions");
  CHECK(dhcp->can_be(17, 68, 67));
  CHECK(dhcp->can_be(17, 67, 68));
  CHECK_FALSE(dhcp->can_be(6, 68, 67));
  CHECK_FALSE(dhcp->can_be(17, 68, 69));
}

TEST_CASE("an application without a place of its own can be anywhere") {
  const auto* const dns = find_application("dns");
  REQUIRE(dns != nullptr);
  CHECK(dns->can_be(17, 40000, 53));
  CHECK(dns->can_be(6, 1, 2));
}
