#include "dataplane/loader/user_table.h"

#include <catch2/catch.hpp>
#include <random>

#include "engines/firewall/learned_addresses.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using engines::firewall::user_id;

namespace {

using User = snapshot::SnapshotMeta::User;

IpAddress v4(std::uint32_t number) { return IpAddress::from_v4(number); }

}  // namespace

TEST_CASE("who is named first has what several claim, and the address counts before the MAC") {
  const auto range = [](const char* text) { return *parse_address_range(text); };
  const auto mac = [](const char* text) { return *parse_mac_address(text); };
  const std::vector<User> users{
      {"one", {}, {range("192.0.2.8/30"), range("2001:db8::/64")}, {mac("02:00:00:00:00:01")}},
      {"two",
       {"g"},
       {range("192.0.2.0/24"), range("ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")},
       {mac("02:00:00:00:00:01"), mac("02:00:00:00:00:02")}}};
  const UserTable table(users);
  const auto at = [&](const char* address, const char* hardware = "02:00:00:00:00:09") {
    return table.find(*parse_ip_address(address), mac(hardware));
  };
  CHECK(at("192.0.2.7") == user_id("two"));
  CHECK(at("192.0.2.8") == user_id("one"));
  CHECK(at("192.0.2.11") == user_id("one"));
  CHECK(at("192.0.2.12") == user_id("two"));
  CHECK(at("192.0.3.0") == 0);
  CHECK(at("192.0.1.255") == 0);
  CHECK(at("2001:db8::ffff") == user_id("one"));
  CHECK(at("2001:db8:0:1::") == 0);
  CHECK(at("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == user_id("two"));
  CHECK(at("198.51.100.1", "02:00:00:00:00:01") == user_id("one"));
  CHECK(at("198.51.100.1", "02:00:00:00:00:02") == user_id("two"));
  CHECK(at("192.0.2.8", "02:00:00:00:00:02") == user_id("one"));
  CHECK(table.index_of(user_id("two")) == 1);
  CHECK_FALSE(table.index_of(user_id("g")));
  CHECK(UserTable().find(v4(1), {}) == 0);
}

TEST_CASE("overlapping ranges are found as by asking each user in turn") {
  std::mt19937 random(GENERATE(1U, 2U, 3U, 4U));
  std::vector<User> users;
  for (int i = 0; i < 20; ++i) {
    User user{.name = std::to_string(i), .groups = {}, .addresses = {}, .macs = {}};
    for (int k = 0; k < 3; ++k) {
      const auto first = 0x0a000000U + static_cast<std::uint32_t>(random() % 200);
      user.addresses.push_back({v4(first), v4(first + static_cast<std::uint32_t>(random() % 30))});
    }
    users.push_back(std::move(user));
  }
  const UserTable table(users);
  for (std::uint32_t n = 0x0a000000U - 2; n < 0x0a000000U + 240; ++n) {
    std::uint32_t expected = 0;
    for (const auto& user : users)
      for (const auto& range : user.addresses)
        if (expected == 0 && range.contains(v4(n))) expected = user_id(user.name);
    CAPTURE(n);
    REQUIRE(table.find(v4(n), {}) == expected);
  }
}
