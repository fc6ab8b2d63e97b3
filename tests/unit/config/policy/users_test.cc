#include <catch2/catch.hpp>

#include "load_policy.h"

namespace sekisho::policy {
namespace {

TEST_CASE("users have groups and places, by literals and by objects") {
  const auto policy =
      load_good(
          "version: 1\n"
          "objects: {addresses: [{name: desk, values: 192.0.2.7}]}\n"
          "users:\n"
          "  - {name: 山田, groups: [sales, board], addresses: [desk, '2001:db8::7']}\n"
          "  - {name: 1001, macs: '02:00:00:00:00:01'}\n"
          "rules: [{name: a, action: block, source: {users: [山田, guests]}}]\n")
          .policy;
  REQUIRE(policy.users.size() == 2);
  CHECK(policy.users[0].name == "山田");
  CHECK(policy.users[0].groups == std::vector<std::string>{"sales", "board"});
  REQUIRE(policy.users[0].addresses.size() == 2);
  CHECK(to_string(policy.users[0].addresses[0].first) == "192.0.2.7");
  CHECK(policy.users[0].position.line == 4);
  CHECK(policy.users[1].name == "1001");
  CHECK(policy.users[1].macs.size() == 1);
  CHECK(describe(policy).find("user '山田': groups sales") != std::string::npos);
}

TEST_CASE("mistakes in users are told with their place") {
  const auto refused = [](const std::string& users) {
    return load_bad("version: 1\nusers: [" + users + "]\n");
  };
  CHECK(refused("{name: a}, {name: a}") == "2:27: 'a' is the name of an earlier user\n");
  CHECK(refused("{name: a, addresses: any}") == "2:30: addresses of a user cannot be 'any'\n");
  CHECK(refused("{name: a, macs: [any]}") == "2:25: macs of a user cannot be 'any'\n");
  CHECK(refused("{name: a, groups: \"b\\tc\"}") ==
        "2:27: 'b?c' is not the name of a user or group\n");
  CHECK(refused("{groups: b}") == "2:9: a user needs 'name'\n");
}

TEST_CASE("a difference names what changed of a user") {
  const auto load = [](const std::string& user) {
    return load_good("version: 1\nusers: [" + user + "]\n").policy;
  };
  const auto lines = diff(load("{name: a, groups: [b, c], addresses: 192.0.2.1}"),
                          load("{name: a, groups: [b], addresses: 192.0.2.2}"));
  CHECK(lines.size() >= 2);
  for (const auto& line : lines) CHECK(line.find("user 'a'") != std::string::npos);
}

}  // namespace
}  // namespace sekisho::policy
