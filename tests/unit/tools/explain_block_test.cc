#include <catch2/catch.hpp>

#include "scratch_dir.h"
#include "session.h"

using namespace sekisho::tools;
using sekisho::tools::test::append;
using sekisho::tools::test::ScratchDir;
using sekisho::tools::test::Session;

namespace {

const std::string kBlockId = "7Q2M-0A1V-000G";
const std::string kBlockPolicy =
    R"({"timestamp":"2026-11-21T09:00:01.123456+0900","event_type":"policy","src_ip":"10.0.0.1",)"
    R"("src_port":5000,"dest_ip":"10.0.0.2","dest_port":80,"proto":"TCP","app_proto":"http",)"
    R"("app":{"name":"youtube","category":"streaming"},"policy":{"serial":4,"rule":3,)"
    R"("name":"no videos","action":"block","rejudged":false,"block_id":")" +
    kBlockId + "\"}}\n";
const std::string kBlockDrop =
    R"({"timestamp":"2026-11-21T09:00:01.123456+0900","event_type":"drop","src_ip":"10.0.0.1",)"
    R"("src_port":5000,"dest_ip":"10.0.0.2","dest_port":80,"proto":"TCP","direction":"to_server",)"
    R"("drop":{"reason":"policy_answer"},"block":{"id":")" +
    kBlockId +
    R"(","answer":"http","hostname":"www.youtube.com","url":"/watch?v=1"},)"
    R"("policy":{"serial":4,"rule":3,"name":"no videos"}})"
    "\n";

}  // namespace

TEST_CASE("explain finds the request ID of a block page in the events, rotated or not") {
  const bool rotated = GENERATE(false, true);
  ScratchDir dir;
  append(dir / "eve.json", rotated ? "{\"event_type\":\"stats\"}\n" : kBlockPolicy + kBlockDrop);
  if (rotated) append(dir / "eve.json.20261121T000001Z-0000", kBlockPolicy + kBlockDrop);
  Session session;
  const auto file = (dir / "eve.json").string();
  session.replies["control/status"] = {R"({"ok":true,"events":{"file":")" + file + "\"}}"};
  REQUIRE(session.run({"explain", "--id", "7q2m0alvooog"}) == ExitCode::done);
  for (const auto* text :
       {"7Q2M-0A1V-000G", "3 no videos of policy 4", "application youtube (streaming)",
        "TCP 10.0.0.1:5000 > 10.0.0.2:80", "http://www.youtube.com/watch?v=1", "a page over HTTP"})
    CHECK(session.out.find(text) != std::string::npos);
  REQUIRE(session.run({"--json", "explain", "--id", kBlockId, "--file", file}) == ExitCode::done);
  CHECK(session.out_json().at("id") == kBlockId);
  CHECK(session.out_json().at("events").size() == 2);
}

TEST_CASE("what was blocked for its reputation is explained by that") {
  const bool is_known = GENERATE(true, false);
  ScratchDir dir;
  const std::string score = is_known ? R"("score":12,"category":"phishing",)" : "";
  append(dir / "eve.json",
         R"({"timestamp":"2026-11-21T09:00:01.123456+0900","event_type":"reputation",)"
         R"("reputation":{"hostname":"bad.example","url":"https://bad.example/",)" +
             score + R"("sensitivity":"medium","action":"block","source":"service","id":")" +
             kBlockId + "\"}}\n" + kBlockDrop);
  const auto file = (dir / "eve.json").string();
  Session session;
  REQUIRE(session.run({"explain", "--id", kBlockId, "--file", file}) == ExitCode::done);
  const std::string reason =
      is_known ? "the URL's reputation: score 12 of 100 (phishing), sensitivity medium"
               : "the URL's reputation could not be had";
  for (const auto& text : {reason, std::string("3 no videos of policy 4"),
                           std::string("asked for   https://bad.example/")})
    CHECK(session.out.find(text) != std::string::npos);
}

TEST_CASE("an id that no event has, and what is no id, are told precisely") {
  ScratchDir dir;
  append(dir / "eve.json", kBlockPolicy);
  const auto file = (dir / "eve.json").string();
  Session session;
  CHECK(session.run({"explain", "--id", "0000-0000-0001", "--file", file}) == ExitCode::negative);
  CHECK(session.err.find("no event with the request ID 0000-0000-0001") != std::string::npos);
  CHECK(session.run({"explain", "--id", "17", "--file", file}) == ExitCode::negative);
  CHECK(session.err.find("'17' is not a request ID") != std::string::npos);
  CHECK(session.run({"explain", "--id", kBlockId, "--file", file + "x"}) == ExitCode::unreachable);
  CHECK(session.run({"explain", "--id", kBlockId, "-s", "10.0.0.1"}) == ExitCode::usage);
  CHECK(session.run({"explain", "--file", file}) == ExitCode::usage);
  REQUIRE(session.run({"explain", "--id", kBlockId, "--file", file}) == ExitCode::done);
  CHECK(session.out.find("asked for   -") != std::string::npos);  // the drop was not told
}
