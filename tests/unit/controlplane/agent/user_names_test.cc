#include "controlplane/agent/user_names.h"

#include <catch2/catch.hpp>

#include "engines/firewall/learned_addresses.h"

namespace sekisho::controlplane {
namespace {

using engines::firewall::user_id;

struct Known {
  int policies = 0, questions = 0;
  bool is_down = false;
  UserNames names{
      [this](std::uint32_t serial) -> Result<snapshot::SnapshotMeta> {
        ++policies;
        if (serial != 7) return Error{Error::Code::not_found, "no"};
        snapshot::SnapshotMeta meta;
        meta.users.push_back({"taro", {"sales"}, {}, {}});
        return meta;
      },
      [this](std::span<const std::uint32_t> ids) -> Result<std::vector<UserNames::Identified>> {
        ++questions;
        if (is_down) return Error{Error::Code::not_found, "down"};
        if (ids.front() != user_id("jiro")) return std::vector<UserNames::Identified>{};
        return std::vector<UserNames::Identified>{{user_id("jiro"), {"jiro", {"guests"}}}};
      }};
};

TEST_CASE("users are named by the policy, else by the dataplane, and asked for once") {
  Known known;
  for (int i = 0; i < 100; ++i) {
    CHECK(known.names.name(7, user_id("taro")).groups == std::vector<std::string>{"sales"});
    CHECK(known.names.name(7, user_id("jiro")).name == "jiro");
    CHECK(known.names.name(7, user_id("nobody")).name.empty());
    CHECK(known.names.name(7, 0).name.empty());
  }
  CHECK(known.policies == 1);
  CHECK(known.questions == 2);
}

TEST_CASE("who was named once stays so when the dataplane is away") {
  Known known;
  CHECK(known.names.name(7, user_id("jiro")).name == "jiro");
  known.is_down = true;
  CHECK(known.names.name(7, user_id("hanako")).name.empty());
  for (int i = 0; i < 100; ++i) {
    CHECK(known.names.name(8, user_id("jiro")).name == "jiro");
    CHECK(known.names.name(7, user_id("saburo")).name.empty());
  }
  CHECK(known.questions == 2);
}

}  // namespace
}  // namespace sekisho::controlplane
