#include "controlplane/agent/rule_names.h"

#include <catch2/catch.hpp>

#include "config/base/own_application.h"

namespace sekisho::controlplane {
namespace {

TEST_CASE("a policy is asked for once, however many events name its rules") {
  int asked = 0;
  RuleNames names([&](std::uint32_t serial) -> Result<snapshot::SnapshotMeta> {
    ++asked;
    snapshot::SnapshotMeta meta;
    meta.rules.push_back({"first of " + std::to_string(serial), "allow"});
    return meta;
  });
  for (int i = 0; i < 100; ++i) CHECK(names.name(7, 1) == "first of 7");
  CHECK(asked == 1);
  CHECK(names.name(7, 0).empty());
  CHECK(names.name(7, 2) == "(block list)");  // behind the last rule
  CHECK(names.name(7, 3).empty());
  CHECK(names.name(0, 1).empty());
  CHECK(asked == 1);
}

TEST_CASE("a policy's own URL categories are named by their ids") {
  int asked = 0;
  RuleNames names([&](std::uint32_t serial) -> Result<snapshot::SnapshotMeta> {
    ++asked;
    snapshot::SnapshotMeta meta;
    meta.url_categories = {{"first of " + std::to_string(serial), "title"}, {"second", ""}};
    return meta;
  });
  CHECK(names.url_category(7, 900) == "first of 7");
  CHECK(names.url_category(7, 901) == "second");
  CHECK(names.url_category(7, 902).empty());
  CHECK(names.url_category(7, 110).empty());
  CHECK(names.url_category(7, 0xffff).empty());
  CHECK(names.url_category(0, 900).empty());
  CHECK(names.name(7, 1) == "(block list)");
  CHECK(asked == 1);
}

TEST_CASE("own applications are named by their policy, and by a key over policies") {
  RuleNames names([&](std::uint32_t serial) -> Result<snapshot::SnapshotMeta> {
    snapshot::SnapshotMeta meta;
    meta.applications = {{"app " + std::to_string(serial), "", "mail", 1},
                         {"erp", "", "custom", 2}};
    if (serial == 9) meta.applications.clear();
    return meta;
  });
  CHECK(names.application(7, 60'000).name == "app 7");
  CHECK(names.application(7, 60'000).category == "mail");
  CHECK(names.application(8, 60'000).name == "app 8");
  CHECK(names.application(8, 60'002).name.empty());
  CHECK(names.application(8, 42).name.empty());
  CHECK(names.application(0, 60'000).name.empty());
  // The policy in force, one before it, none.
  CHECK(names.application_by_key(8, OwnApplication::key_of("erp")) == "erp");
  CHECK(names.application_by_key(9, OwnApplication::key_of("erp")) == "erp");
  CHECK(names.application_by_key(9, OwnApplication::key_of("app 7")) == "app 7");
  CHECK(names.application_by_key(9, OwnApplication::key_of("no")).empty());
  CHECK(names.application_by_key(0, OwnApplication::key_of("no")).empty());
}

TEST_CASE("an unknown policy has no names and is not asked for with every event") {
  int asked = 0;
  RuleNames names([&](std::uint32_t) -> Result<snapshot::SnapshotMeta> {
    ++asked;
    return Error{Error::Code::not_found, "no"};
  });
  for (int i = 0; i < 1000; ++i) CHECK(names.name(3, 1).empty());
  CHECK(asked < 5);
}

TEST_CASE("names of many policies do not pile up") {
  int asked = 0;
  RuleNames names([&](std::uint32_t serial) -> Result<snapshot::SnapshotMeta> {
    ++asked;
    snapshot::SnapshotMeta meta;
    meta.rules.push_back({std::to_string(serial), "allow"});
    return meta;
  });
  for (std::uint32_t serial = 1; serial <= 100; ++serial)
    CHECK(names.name(serial, 1) == std::to_string(serial));
  CHECK(names.name(1, 1) == "1");
  CHECK(asked == 101);
}

}  // namespace
}  // namespace sekisho::controlplane
