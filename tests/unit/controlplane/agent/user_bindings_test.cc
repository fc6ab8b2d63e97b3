#include "controlplane/agent/user_bindings.h"

#include <catch2/catch.hpp>

#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::int64_t kNow = 1'800'000'000;

/// A dataplane that knows users, and a sekisho-control that keeps them.
struct KeptUsers {
  ScratchFolder folder;
  DiskFiles disk;
  DataplaneState state{.boot_id = "1", .serial = 1, .content_address = {}};
  json listed = json::array();
  std::vector<json> given;  // bodies of users.restore
  int lists = 0;
  std::optional<Error> trouble;
  std::optional<UserBindings> bindings;

  KeptUsers() { restart_control(); }
  void restart_control() {
    bindings.emplace(folder.file("users.json"), disk, [this](const json& request) -> Result<json> {
      if (trouble) return Error{*trouble};
      if (request["op"] == "users.restore") {
        given.push_back(request["users"]);
        return json{{"ok", true}};
      }
      REQUIRE(request["op"] == "users.list");
      ++lists;
      return json{{"ok", true}, {"users", listed}, {"changes", state.user_changes}};
    });
  }
  void restart_dataplane() {
    state.boot_id += "1";
    state.user_changes = 0;
    listed = json::array();
  }
  void bind(const std::string& address, std::uint32_t seconds) {
    listed.push_back({{"address", address},
                      {"user", "taro"},
                      {"groups", json::array({"sales"})},
                      {"seconds_left", seconds}});
    ++state.user_changes;
  }
  void follow(std::int64_t now = kNow) { REQUIRE(bindings->follow(state, now)); }
};

TEST_CASE("another dataplane is given the users of the one before, for the time that is left") {
  KeptUsers kept;
  kept.follow();
  kept.bind("192.0.2.7", 60);
  kept.bind("2001:db8::8", 5);
  kept.follow();
  const bool control_died_too = GENERATE(false, true);
  if (control_died_too) kept.restart_control();
  kept.restart_dataplane();
  kept.follow(kNow + 10);
  REQUIRE(kept.given.size() == 1);
  CHECK(kept.given[0] == json::array({{{"address", "192.0.2.7"},
                                       {"user", "taro"},
                                       {"groups", json::array({"sales"})},
                                       {"seconds", 50}}}));
  kept.follow(kNow + 11);
  CHECK(kept.given.size() == 1);
}

TEST_CASE("a clock that is behind gives nobody more time than was left") {
  KeptUsers kept;
  kept.bind("192.0.2.7", 60);
  kept.follow();
  kept.restart_control();
  kept.restart_dataplane();
  kept.follow(kNow - 50 * 365 * 24 * 3600);
  REQUIRE(kept.given.size() == 1);
  CHECK(kept.given[0][0]["seconds"] == 60);
}

TEST_CASE("users are asked for when they have changed, and given to nobody who has them") {
  KeptUsers kept;
  kept.follow();
  kept.follow();
  CHECK(kept.lists == 1);
  CHECK(kept.folder.read("users.json").empty());  // nobody was ever identified
  kept.bind("192.0.2.7", 60);
  kept.follow();
  kept.follow();
  CHECK(kept.lists == 2);
  kept.restart_control();
  kept.follow();
  CHECK(kept.given.empty());

  kept.listed = json::array();
  ++kept.state.user_changes;
  kept.follow();
  kept.restart_control();
  kept.restart_dataplane();
  kept.follow();
  CHECK(kept.given.empty());
}

TEST_CASE("users are kept until a dataplane has taken them, in pieces") {
  KeptUsers kept;
  for (int i = 0; i < 1100; ++i)
    kept.bind("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256), 600);
  kept.follow();
  kept.restart_dataplane();
  kept.trouble = Error{Error::Code::io, "down"};
  CHECK_FALSE(kept.bindings->follow(kept.state, kNow));
  kept.trouble.reset();
  kept.follow();
  REQUIRE(kept.given.size() == 3);
  CHECK(kept.given[0].size() + kept.given[1].size() + kept.given[2].size() == 1100);
}

TEST_CASE("a file of users that is damaged keeps nobody from being identified") {
  KeptUsers kept;
  const auto text = GENERATE(as<std::string>{}, "", "7", "{", R"({"boot_id":7,"users":{}})",
                             R"({"boot_id":"0","users":[7,{},{"until":"x"}]})");
  kept.folder.write("users.json", text);
  kept.restart_control();
  kept.follow();
  kept.bind("192.0.2.7", 60);
  kept.follow();
  CHECK(kept.given.empty());
  CHECK(json::parse(kept.folder.read("users.json"))["users"].size() == 1);
}

TEST_CASE("what a dataplane will never take is not given for ever") {
  KeptUsers kept;
  kept.bind("192.0.2.7", 60);
  kept.follow();
  kept.restart_dataplane();
  int asked = 0;
  kept.bindings.emplace(kept.folder.file("users.json"), kept.disk,
                        [&](const json& request) -> Result<json> {
                          if (request["op"] == "users.list") return json{{"changes", 0}};
                          ++asked;
                          return Error{Error::Code::invalid_input, "'address' is missing"};
                        });
  kept.follow();
  kept.follow();
  CHECK(asked == 1);
}

}  // namespace
}  // namespace sekisho::controlplane
