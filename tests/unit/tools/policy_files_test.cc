#include <catch2/catch.hpp>

#include "config/policy/policy.h"
#include "scratch_dir.h"
#include "session.h"

using namespace sekisho::tools;
using sekisho::tools::test::append;
using sekisho::tools::test::ScratchDir;
using sekisho::tools::test::Session;

namespace {

std::string shown(const std::string& yaml) {
  return nlohmann::json{{"ok", true}, {"serial", 4}, {"yaml", yaml}}.dump();
}

const std::string kFactory(sekisho::policy::factory_policy_yaml());

}  // namespace

TEST_CASE("policy check passes the factory policy and names the place of a mistake") {
  Session session;
  session.input = kFactory;
  REQUIRE(session.run({"policy", "check", "-"}) == ExitCode::done);
  CHECK(session.out.find("no mistakes") != std::string::npos);
  ScratchDir dir;
  const auto file = (dir / "bad.yaml").string();
  append(file, "no_such_section: 1\n");
  CHECK(session.run({"policy", "check", file}) == ExitCode::negative);
  CHECK(session.err.starts_with(file + ":1:1: "));
  CHECK(session.out.empty());
  CHECK(session.run({"policy", "check", file, "--json"}) == ExitCode::negative);
  CHECK(session.out_json().at("valid") == false);
  CHECK(session.out_json().at("diagnostics").at(0).at("line") == 1);
  CHECK(session.requests.empty());
}

TEST_CASE("policy diff compares the policy in force with a file") {
  ScratchDir dir;
  const auto file = (dir / "new.yaml").string();
  append(file, kFactory);
  Session session;
  session.replies["control/policy.show"] = {shown(kFactory)};
  REQUIRE(session.run({"policy", "diff", file}) == ExitCode::done);
  CHECK(session.out == "no difference\n");
  REQUIRE(session.run({"policy", "diff", file, "4", "--json"}) == ExitCode::done);
  CHECK(session.out_json().at("changes").empty());
  auto changed = kFactory;
  const auto zone = changed.find("Asia/Tokyo");
  REQUIRE(zone != std::string::npos);
  changed.replace(zone, 10, "Asia/Seoul");
  session.replies["control/policy.show"] = {shown(changed)};
  REQUIRE(session.run({"policy", "diff", file}) == ExitCode::done);
  CHECK(session.out.find("Asia/Tokyo") != std::string::npos);
  append(file, "nonsense: [\n");
  CHECK(session.run({"policy", "diff", file}) == ExitCode::negative);
}

TEST_CASE("policy diff alone compares with the version before") {
  Session session;
  session.replies["control/policy.show"] = {shown(kFactory)};
  session.replies["control/policy.history"] = {
      R"({"ok":true,"versions":[{"serial":4,"current":true},{"serial":3}]})"};
  REQUIRE(session.run({"policy", "diff"}) == ExitCode::done);
  bool asked_before = false;
  for (const auto& request : session.requests)
    asked_before = asked_before || request.value("serial", 0) == 3;
  CHECK(asked_before);
  session.replies["control/policy.history"] = {
      R"({"ok":true,"versions":[{"serial":4,"current":true}]})"};
  CHECK(session.run({"policy", "diff"}) == ExitCode::negative);
}

TEST_CASE("policy check compiles as the gateway does, and says when it lacks country data") {
  const auto with_rule = [](const std::string& destination) {
    return "version: 1\nrules:\n  - {name: r, action: allow, destination: " + destination + "}\n";
  };
  Session session;
  session.input = with_rule("{countries: [JP]}");
  REQUIRE(session.run({"policy", "check", "-"}) == ExitCode::done);
  CHECK(session.err.find("countries need --geo") != std::string::npos);
  session.input = with_rule("{addresses: [10.0.0.8/24]}");
  REQUIRE(session.run({"policy", "check", "-"}) == ExitCode::done);
  CHECK(session.err.find("--geo") == std::string::npos);
  CHECK(session.run({"policy", "check", "-", "--geo", "/nonexistent"}) == ExitCode::negative);
}

TEST_CASE("the schema and the factory policy are printed without a gateway") {
  Session session;
  REQUIRE(session.run({"policy", "schema"}) == ExitCode::done);
  CHECK(session.out_json().at("$schema") == "https://json-schema.org/draft/2020-12/schema");
  REQUIRE(session.run({"policy", "factory", "--json"}) == ExitCode::done);
  CHECK(session.out_json() == nlohmann::json{{"yaml", kFactory}});
  REQUIRE(session.run({"policy", "factory"}) == ExitCode::done);
  CHECK(session.out == kFactory);
  CHECK(session.requests.empty());
}

TEST_CASE("policy describe puts a file or the policy in force in words") {
  ScratchDir dir;
  const auto file = (dir / "new.yaml").string();
  append(file, kFactory);
  Session session;
  session.replies["control/policy.show"] = {shown(kFactory)};
  REQUIRE(session.run({"policy", "describe"}) == ExitCode::done);
  const auto in_force = session.out;
  CHECK(in_force.find("Asia/Tokyo") != std::string::npos);
  REQUIRE(session.run({"policy", "describe", file}) == ExitCode::done);
  CHECK(session.out == in_force);
  REQUIRE(session.run({"policy", "describe", file, "--json"}) == ExitCode::done);
  CHECK(session.out_json().at("text") == in_force);
  append(file, "nonsense: [\n");
  CHECK(session.run({"policy", "describe", file}) == ExitCode::negative);
}
