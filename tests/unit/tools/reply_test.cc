#include "tools/sekisho/reply.h"

#include <catch2/catch.hpp>

#include "session.h"

using namespace sekisho::tools;
using sekisho::tools::test::Session;

TEST_CASE("a reply that makes no sense is as good as none") {
  const auto body = GENERATE(as<std::string>{}, "", "nonsense", "[]", "7", "{}", R"({"ok":1})",
                             R"({"ok":true)", "{\"ok\":true,\"name\":\"\xff\"}");
  CAPTURE(body);
  const auto answer = interpret_reply(body);
  const auto* failure = std::get_if<Failure>(&answer);
  REQUIRE(failure != nullptr);
  CHECK(failure->exit == ExitCode::unreachable);
}

TEST_CASE("JSON nested a million levels deep is refused, not followed") {
  const auto answer = interpret_reply(R"({"ok":true,"a":)" + std::string(1'000'000, '['));
  REQUIRE(std::holds_alternative<Failure>(answer));
  CHECK(std::get<Failure>(answer).message.find("nested") != std::string::npos);
}

TEST_CASE("a refusal tells bad input from what the gateway will not do") {
  const auto [code, exit] = GENERATE(table<std::string, ExitCode>({
      {"invalid_input", ExitCode::negative},
      {"not_found", ExitCode::negative},
      {"resource", ExitCode::refused},
      {"io", ExitCode::refused},
      {"never heard of", ExitCode::refused},
  }));
  const auto answer =
      interpret_reply(R"({"ok":false,"error":{"code":")" + code + R"(","message":"because"}})");
  REQUIRE(std::holds_alternative<Failure>(answer));
  CHECK(std::get<Failure>(answer).exit == exit);
  CHECK(std::get<Failure>(answer).message == "because");
}

TEST_CASE("a refusal without a reason is still a refusal") {
  const auto body = GENERATE(as<std::string>{}, R"({"ok":false})", R"({"ok":false,"error":7})",
                             R"({"ok":false,"error":{"code":1,"message":[]}})");
  const auto answer = interpret_reply(body);
  REQUIRE(std::holds_alternative<Failure>(answer));
  CHECK(std::get<Failure>(answer).exit == ExitCode::refused);
}

TEST_CASE("a view reads what is absent as absent and names what is wrong") {
  const auto value = nlohmann::json::parse(
      R"({"n":7,"f":2.0,"big":1e300,"neg":-1,"s":"x","l":[{"a":"b"},3],"b":true,"z":null})");
  const View view(value, "status");
  CHECK(view.count("n") == 7);
  CHECK(view.count("f") == 2);
  CHECK(view.count("gone") == std::nullopt);
  CHECK(view.count("z") == std::nullopt);
  CHECK(view.text("gone") == "-");
  CHECK(view.text("n") == "7");
  CHECK(view.object("gone").count("x") == std::nullopt);
  CHECK(view.list("gone").empty());
  CHECK_THROWS_AS(view.count("s"), CommandError);
  CHECK_THROWS_AS(view.count("neg"), CommandError);
  CHECK_THROWS_AS(view.count("big"), CommandError);
  CHECK_THROWS_AS(view.text("l"), CommandError);
  CHECK_THROWS_AS(view.object("l"), CommandError);
  CHECK_THROWS_AS(view.flag("n"), CommandError);
  CHECK_THROWS_AS(view.when("big"), CommandError);
  CHECK_THROWS_WITH(view.list("l"),
                    "the gateway's reply makes no sense: status.l[1] is not an object");
}

TEST_CASE("commands survive every wrong type in a reply with exit code 3") {
  const std::string wrong = GENERATE(as<std::string>{}, "7", "\"x\"", "[]", "[7]", "{\"a\":[]}",
                                     "-1", "1e300", "true", "[{\"rule\":{}}]");
  const auto [command, reply_key, field] =
      GENERATE(table<std::vector<std::string>, std::string, std::string>({
          {{"status"}, "dataplane/status", "policy"},
          {{"status"}, "dataplane/status", "workers"},
          {{"status"}, "dataplane/status", "uptime_seconds"},
          {{"status"}, "dataplane/status", "ports"},
          {{"status"}, "dataplane/counters", "counters"},
          {{"status"}, "control/status", "events"},
          {{"ports"}, "dataplane/ports", "ports"},
          {{"flows"}, "dataplane/flows", "flows"},
          {{"flows"}, "dataplane/flows", "total"},
          {{"flows", "--top", "source"}, "dataplane/flows", "groups"},
          {{"explain", "-s", "10.0.0.1", "-d", "10.0.0.2"}, "dataplane/explain", "reasons"},
          {{"policy", "version"}, "control/policy.history", "versions"},
          {{"policy", "show"}, "control/policy.show", "yaml"},
          {{"policy", "rules"}, "control/policy.show", "meta"},
      }));
  CAPTURE(command, field, wrong);
  Session session;
  for (const auto* key : {"dataplane/status", "dataplane/counters", "control/status",
                          "dataplane/ports", "dataplane/flows", "dataplane/explain",
                          "control/policy.history", "control/policy.show", "dataplane/policy.hits"})
    session.replies[key] = {R"({"ok":true})"};
  session.replies[reply_key] = {R"({"ok":true,")" + field + "\":" + wrong + "}"};
  const auto code = session.run(command);
  // Some wrong values are right for some fields ("[]" for a list): those must print, the others
  // must be complained about.
  CHECK((code == ExitCode::done || code == ExitCode::unreachable));
  CHECK((code == ExitCode::done) == session.err.empty());
}
