#include "controlplane/console/gateways/event_batch.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "batch.h"
#include "controlplane/console/gateways/message_check.h"

using namespace sekisho;
using namespace sekisho::console;
using tests::batch_of;

namespace {

constexpr std::int64_t kNow = 1'800'000'000'000;

EventRow row_of(const std::string& line) {
  auto lines = read_event_batch(batch_of(1, {line}), kNow);
  REQUIRE(lines);
  return lines->rows.at(0);
}

}  // namespace

TEST_CASE("a policy event becomes the columns that the log page filters by") {
  const std::string line =
      R"({"timestamp":"2026-11-21T09:30:00.123456+0900","event_type":"policy","src_ip":"192.0.2.1",)"
      R"("src_port":1234,"dest_ip":"2001:0db8:0000:0000:0000:0000:0000:0007","dest_port":443,)"
      R"("proto":"TCP","app":{"name":"tls"},"policy":{"serial":3,"rule":2,"name":"no \"games\"",)"
      R"("bundle_version":17,"action":"block"}})";
  const auto row = row_of(line);
  CHECK(row.time == 1'795'221'000'123);
  CHECK(row.type == "policy");
  CHECK(row.action == "block");
  CHECK(row.rule == "no \"games\"");
  CHECK(row.version == 17);
  CHECK(row.source == "00000000000000000000ffffc0000201");
  CHECK(row.source_port == 1234);
  CHECK(row.destination == "20010db8000000000000000000000007");
  CHECK(row.destination_port == 443);
  CHECK(row.protocol == "TCP");
  CHECK(row.application == "tls");
  CHECK(row.eve == line);
}

TEST_CASE("an alert has the IPS rule's message where another event has the rule's name") {
  const auto action_of = [](const std::string& action) {
    const auto row = row_of(
        R"({"event_type":"alert","alert":{"action":")" + action +
        R"(","signature_id":7,"signature":"no downloads"},"policy":{"name":"other","action":"allow"}})");
    CHECK(row.type == "alert");
    CHECK(row.rule == "no downloads");
    return row.action;
  };
  CHECK(action_of("blocked") == "block");
  CHECK(action_of("allowed") == "monitor");
  CHECK(action_of("eaten").empty());
  CHECK(row_of(R"({"event_type":"alert","alert":7})").rule.empty());
}

TEST_CASE("a callback has what was called where another event has the rule's name") {
  const auto action_of = [](const std::string& action) {
    const auto row = row_of(
        R"({"event_type":"callback","callback":{"host":"192.0.2.1","indicator":"evil.example",)"
        R"("action":")" +
        action + R"("}})");
    CHECK(row.type == "callback");
    CHECK(row.rule == "evil.example");
    return row.action;
  };
  for (const auto* action : {"blocked", "reset", "sinkholed"}) CHECK(action_of(action) == "block");
  CHECK(action_of("monitored") == "monitor");
  CHECK(row_of(R"({"event_type":"callback","callback":7})").rule.empty());
}

TEST_CASE("an evasion has its kind where another event has the rule's name") {
  const auto action_of = [](const std::string& action) {
    const auto row =
        row_of(R"({"event_type":"evasion","evasion":{"host":"192.0.2.1","kind":"foreign_port",)"
               R"("claimed":"tls","actual":"ssh","action":")" +
               action + R"("},"policy":{"name":"other","action":"allow"}})");
    CHECK(row.type == "evasion");
    CHECK(row.rule == "foreign_port");
    return row.action;
  };
  CHECK(action_of("blocked") == "block");
  CHECK(action_of("logged") == "monitor");
  CHECK(action_of("eaten").empty());
  CHECK(row_of(R"({"event_type":"evasion","evasion":7})").rule.empty());
}

TEST_CASE("times are read with any offset, others are the console's") {
  struct Case {
    const char* text;
    std::int64_t time;
  };
  const auto [text, time] =
      GENERATE(values<Case>({{"2026-11-21T00:30:00Z", 1'795'221'000'000},
                             {"2026-11-21T00:30:00.5+00:00", 1'795'221'000'500},
                             {"2026-11-20T19:30:00.999999-0500", 1'795'221'000'999},
                             {"2026-11-21T00:30:00", kNow},
                             {"2026-02-30T00:30:00Z", kNow},
                             {"2026-11-21 00:30:00Z", kNow},
                             {"2099-11-21T00:30:00Z", kNow},  // would never grow old
                             {"", kNow}}));
  CAPTURE(text);
  CHECK(row_of(nlohmann::json{{"timestamp", text}}.dump()).time == time);
}

TEST_CASE("a line that is no JSON object is kept as invalid, in JSON") {
  const auto line = GENERATE(std::string("nonsense"), std::string("[1,2]"), std::string("{\"a\":"),
                             std::string("{\"a\":\"\xff\"}"), std::string(""), std::string("\"x\""),
                             std::string(100'000, '['));
  const auto row = row_of(line);
  CHECK(row.type == "invalid");
  CHECK(row.time == kNow);
  CHECK(nlohmann::json::parse(row.eve).is_object());
}

TEST_CASE("members of the wrong kind are left out, zero bytes too") {
  const auto row = row_of(
      R"({"event_type":5,"src_ip":"x","src_port":-1,"dest_port":70000,"proto":["TCP"],"policy":7,)"
      R"("app":{"name":"a\u0000b"},"dest_ip":12,"timestamp":7})");
  CHECK(row.type.empty());
  CHECK(row.source.empty());
  CHECK(row.source_port == 0);
  CHECK(row.destination_port == 0);
  CHECK(row.protocol.empty());
  CHECK(row.application == "ab");
}

TEST_CASE("a long name is cut between characters") {
  std::string name;
  for (int i = 0; i < 500; ++i) name += "規";
  const auto row = row_of(nlohmann::json{{"policy", {{"name", name}}}}.dump());
  CHECK(row.rule.size() == 999);
  CHECK_NOTHROW(nlohmann::json(row.rule).dump());
}

TEST_CASE("a batch that contradicts itself is refused") {
  const auto good = batch_of(5, {"{}", "{}"});
  REQUIRE(read_event_batch(good, kNow));
  CHECK(read_event_batch(good, kNow)->first_sequence == 5);
  const auto refused = [&](const std::function<void(link::v1::EventBatch&)>& change) {
    auto batch = good;
    change(batch);
    return !read_event_batch(batch, kNow);
  };
  CHECK(refused([](auto& batch) { batch.set_lines(1); }));
  CHECK(refused([](auto& batch) { batch.set_lines(3); }));
  CHECK(refused([](auto& batch) { batch.set_lines(0); }));
  CHECK(refused([](auto& batch) { batch.set_lines(4'000'000'000U); }));
  CHECK(refused([](auto& batch) { batch.set_raw_bytes(5); }));
  CHECK(refused([](auto& batch) { batch.set_raw_bytes(7); }));
  CHECK(refused([](auto& batch) { batch.set_raw_bytes(4'000'000'000U); }));
  CHECK(refused([](auto& batch) { batch.set_first_sequence(0); }));
  CHECK(refused([](auto& batch) { batch.set_first_sequence(~std::uint64_t{0}); }));
  CHECK(refused([](auto& batch) { batch.set_epoch(""); }));
  CHECK(refused([](auto& batch) { batch.set_epoch("a b"); }));
  CHECK(refused([](auto& batch) { batch.set_epoch(std::string(65, 'a')); }));
  CHECK(refused([](auto& batch) { batch.set_zlib("x"); }));
  CHECK(refused([](auto& batch) { batch.mutable_zlib()->push_back('x'); }));
  CHECK(refused([](auto& batch) { batch.mutable_zlib()->pop_back(); }));
}

TEST_CASE("a bomb unpacks no further than it may") {
  auto bomb = batch_of(1, {std::string(std::size_t{64} << 20, 'x')});
  bomb.set_raw_bytes(static_cast<std::uint32_t>(kMaxBatchBytes));
  CHECK_FALSE(read_event_batch(bomb, kNow));
}

TEST_CASE("messages are cut to what the database takes, or refused") {
  link::v1::FromGateway message;
  message.mutable_policy()->set_reason(std::string(5000, 'x'));
  for (int i = 0; i < 200; ++i) message.mutable_policy()->add_mistakes();
  REQUIRE(check_message(message));
  CHECK(message.policy().reason().size() == 2000);
  CHECK(message.policy().mistakes_size() == 100);
  message.mutable_policy()->set_version(~std::uint64_t{0});
  CHECK_FALSE(check_message(message));
  message.mutable_status()->set_flows(~std::uint64_t{0});
  CHECK_FALSE(check_message(message));
  message.mutable_status()->set_flows(0);
  message.mutable_status()->set_confirm_seconds(std::numeric_limits<double>::infinity());
  CHECK_FALSE(check_message(message));
  auto& status = *message.mutable_status();
  status.Clear();
  status.mutable_authority()->set_certificate(std::string(16 * 1024, 'x'));
  status.mutable_authority()->set_fingerprint(std::string(5000, 'f'));
  REQUIRE(check_message(message));
  CHECK(status.authority().fingerprint().size() < 5000);
  status.mutable_authority()->mutable_certificate()->append("x");
  CHECK_FALSE(check_message(message));
  status.mutable_authority()->set_certificate("-----BEGIN EC PRIVATE KEY-----");
  CHECK_FALSE(check_message(message));
  status.mutable_authority()->set_certificate("");
  status.mutable_authority()->set_not_after(-1);
  CHECK_FALSE(check_message(message));
  message.mutable_diagnostic()->set_json(std::string((1 << 20) + 1, ' '));
  CHECK_FALSE(check_message(message));
}

TEST_CASE("a line that would take a reader's stack or memory is kept as invalid, cut") {
  const auto line = GENERATE(
      R"({"event_type":"policy","a":)" + std::string(5'000, '[') + std::string(5'000, ']') + "}",
      R"({"event_type":"policy","a":[)" + std::string(8'000, '0') + R"(],"b":")" +
          std::string(16'000, 'x') + "\"}");
  const auto row = row_of(line);
  CHECK(row.type == "invalid");
  const auto kept = nlohmann::json::parse(row.eve).at("invalid").get<std::string>();
  CHECK(kept == line.substr(0, kMaxLineBytes));
}

TEST_CASE("the longest line that an honest gateway could send is read") {
  const std::string name(kMaxLineBytes - 100, 'x');
  CHECK(row_of(R"({"event_type":"policy","policy":{"name":")" + name + "\"}}").type == "policy");
}
