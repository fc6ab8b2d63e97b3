#include "config/events/text_event.h"

#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "config/base/own_categories.h"
#include "config/events/eve.h"

namespace sekisho::events {
namespace {

struct Ring {
  explicit Ring(std::size_t capacity)
      : records(capacity), ring(header.get(), records.data(), capacity) {}
  std::unique_ptr<EventRingHeader> header = std::make_unique<EventRingHeader>();
  std::vector<EventRecord> records;
  EventRing ring;

  std::vector<EventRecord> read() {
    std::vector<EventRecord> out(records.size());
    out.resize(ring.peek(out));
    ring.consume(out.size());
    return out;
  }
};

EventRecord head() {
  EventRecord record{};
  record.flow_id = 7;
  record.tuple.protocol = 6;
  record.tuple.source = *parse_ip_address("192.0.2.1");
  record.tuple.destination = *parse_ip_address("198.51.100.2");
  record.tuple.source_port = 40000;
  record.tuple.destination_port = 80;
  return record;
}

nlohmann::json only_line(std::span<const EventRecord> records) {
  const auto line = next_eve(records, {});
  REQUIRE(line.taken == records.size());
  return nlohmann::json::parse(line.line);
}

}  // namespace

TEST_CASE("a policy event says the URL that it is about, however long") {
  Ring ring(64);
  const EveNames names{
      .rule = [](std::uint32_t, RuleNumber) { return std::string("games"); },
      .application = [](std::uint16_t) { return std::string(); },
      .port = [](std::uint8_t) { return std::string(); },
      .url_category = [](std::uint16_t id) { return std::string(id == 110 ? "gambling" : ""); }};
  for (const std::size_t length : {0U, 60U, 92U, 200U, 684U, 685U, 5000U}) {
    CAPTURE(length);
    const auto url = "http://casino.test/" + std::string(length, 'x');
    PolicyFields fields{};
    fields.action = 1;
    fields.host_at = 7;
    fields.host_bytes = 11;
    fields.categories = {110, 999};
    fields.num_categories = 2;
    fields.list = 2;
    auto decided = head();
    decided.rule = 3;
    put_policy(ring.ring, decided, fields, url);
    const auto records = ring.read();
    const auto line = next_eve(records, names);
    REQUIRE(line.taken == records.size());
    const auto json = nlohmann::json::parse(line.line);
    CHECK(json["event_type"] == "policy");
    CHECK(json["policy"]["name"] == "games");
    CHECK(json["policy"]["action"] == "block");
    CHECK(json["url"]["hostname"] == "casino.test");
    CHECK(json["url"]["url"] == url.substr(0, kMaxPolicyUrlBytes));
    CHECK(json["url"].contains("url_truncated") == (url.size() > kMaxPolicyUrlBytes));
    CHECK(json["url"]["categories"] == nlohmann::json::array({"gambling", "999"}));
    CHECK(json["url"]["list"] == "block");
  }
  put_policy(ring.ring, head(), {}, {});
  const auto records = ring.read();
  REQUIRE(records.size() == 1);
  CHECK_FALSE(nlohmann::json::parse(next_eve(records, names).line).contains("url"));
}

TEST_CASE("a policy event says that there was more of its URL") {
  Ring ring(16);
  const EveNames names{.rule = [](std::uint32_t, RuleNumber) { return std::string("r"); },
                       .application = [](std::uint16_t) { return std::string(); },
                       .port = [](std::uint8_t) { return std::string(); }};
  const bool is_cut = GENERATE(false, true);
  const auto length = GENERATE(87U, 88U, 89U);  // around a record's end
  const auto url = "http://a.test/" + std::string(length - 14, 'x');
  put_policy(ring.ring, head(), {}, url, is_cut);
  const auto json = nlohmann::json::parse(next_eve(ring.read(), names).line);
  CHECK(json["url"]["url"] == url);
  CHECK(json["url"].value("url_truncated", false) == is_cut);
}

TEST_CASE("a policy event says the policy's own URL categories, of a server without a URL too") {
  Ring ring(16);
  const EveNames names{.rule = [](std::uint32_t, RuleNumber) { return std::string("r"); },
                       .application = [](std::uint16_t) { return std::string(); },
                       .port = [](std::uint8_t) { return std::string(); },
                       .url_category = [](std::uint16_t) { return std::string("gambling"); },
                       .own_url_category =
                           [](std::uint32_t serial, std::uint16_t id) {
                             return serial == 4 && id == 901 ? std::string("shops") : std::string();
                           }};
  PolicyFields fields{};
  OwnCategories own;
  own.add(901);
  own.add(OwnCategories::kLastId);
  fields.own_categories = own.words;
  auto decided = head();
  decided.policy_serial = 4;
  put_policy(ring.ring, decided, fields, {});
  auto json = nlohmann::json::parse(next_eve(ring.read(), names).line);
  CHECK(json["url"] == nlohmann::json{{"categories", {"shops", "1023"}}});
  fields.categories = {110};
  fields.num_categories = 1;
  put_policy(ring.ring, decided, fields, "http://a/");
  json = nlohmann::json::parse(next_eve(ring.read(), names).line);
  CHECK(json["url"]["categories"] == nlohmann::json{"shops", "1023", "gambling"});
}

TEST_CASE("a policy event names an own application as the policy that judged calls it") {
  Ring ring(16);
  const EveNames names{
      .rule = [](std::uint32_t, RuleNumber) { return std::string("r"); },
      .application = [](std::uint16_t id) { return std::string(id == 42 ? "tls" : "?"); },
      .application_category = [](std::uint16_t) { return std::string("web"); },
      .port = [](std::uint8_t) { return std::string(); },
      .own_application =
          [](std::uint32_t serial, std::uint16_t id) {
            return serial == 4 && id == 60'001 ? std::string("erp") : std::string();
          },
      .own_application_category = [](std::uint32_t,
                                     std::uint16_t) { return std::string("custom"); }};
  PolicyFields fields{};
  fields.application = 60'001;
  auto decided = head();
  decided.policy_serial = 4;
  put_policy(ring.ring, decided, fields, {});
  auto json = nlohmann::json::parse(next_eve(ring.read(), names).line);
  CHECK(json["app"] == nlohmann::json{{"name", "erp"}, {"category", "custom"}});
  CHECK_FALSE(json.contains("app_proto"));
  fields.carrier = 42;
  put_policy(ring.ring, decided, fields, {});
  json = nlohmann::json::parse(next_eve(ring.read(), names).line);
  CHECK(json["app"]["carrier"] == "tls");
  CHECK(json["app_proto"] == "tls");
  decided.policy_serial = 5;  // another policy's number
  put_policy(ring.ring, decided, fields, {});
  CHECK_FALSE(nlohmann::json::parse(next_eve(ring.read(), names).line).contains("app"));
}

TEST_CASE("impossible numbers in a policy event are not followed") {
  Ring ring(16);
  PolicyFields fields{};
  fields.host_at = 60'000;
  fields.host_bytes = 60'000;
  fields.num_categories = 255;
  put_policy(ring.ring, head(), fields, "http://a/");
  auto records = ring.read();
  const EveNames names{.rule = [](std::uint32_t, RuleNumber) { return std::string(); },
                       .application = [](std::uint16_t) { return std::string(); },
                       .port = [](std::uint8_t) { return std::string(); }};
  auto json = nlohmann::json::parse(next_eve(records, names).line);
  CHECK(json["url"]["hostname"] == "");
  CHECK(json["url"]["categories"].size() == 4);
  records.front().policy.continuations = 60'000;
  records[1].text.bytes = 60'000;
  CHECK(next_eve(records, names).taken == 2);
}

TEST_CASE("a text of any length comes out as one line with its type and members") {
  Ring ring(256);
  for (const std::size_t length : {0U, 1U, 80U, 92U, 93U, 500U, 15000U}) {
    CAPTURE(length);
    const auto members = R"("http":{"url":")" + std::string(length, 'x') + R"("})";
    REQUIRE(put_text(ring.ring, head(), false, "http", members));
    const auto json = only_line(ring.read());
    CHECK(json["event_type"] == "http");
    CHECK(json["flow_id"] == 7);
    CHECK(json["src_ip"] == "192.0.2.1");
    CHECK(json["dest_port"] == 80);
    CHECK(json["http"]["url"] == std::string(length, 'x'));
  }
}

TEST_CASE("a text of the answering direction names the server as its source") {
  Ring ring(8);
  REQUIRE(put_text(ring.ring, head(), true, "dns", R"("dns":{})"));
  const auto json = only_line(ring.read());
  CHECK(json["src_ip"] == "198.51.100.2");
  CHECK(json["src_port"] == 80);
}

TEST_CASE("the text of a drop names the firewall rule that let its flow pass") {
  Ring ring(8);
  auto record = head();
  record.rule = 3;
  record.policy_serial = 12;
  REQUIRE(put_text(ring.ring, record, false, "drop", R"("drop":{"reason":"ips_drop"})"));
  const auto json = only_line(ring.read());
  CHECK(json["drop"]["reason"] == "ips_drop");
  CHECK(json["policy"]["rule"] == 3);
  CHECK(json["policy"]["serial"] == 12);
}

TEST_CASE("a text that does not fit leaves the ring as it was and is counted") {
  Ring ring(4);
  const auto members = R"("a":")" + std::string(500, 'x') + '"';
  CHECK_FALSE(put_text(ring.ring, head(), false, "alert", members));
  CHECK(ring.ring.lost() == 1);
  CHECK(ring.read().empty());
  CHECK_FALSE(put_text(ring.ring, head(), false, "alert", std::string(100'000, 'x')));
}

TEST_CASE("events behind each other come out one by one") {
  Ring ring(64);
  REQUIRE(put_text(ring.ring, head(), false, "alert", R"("n":")" + std::string(300, 'a') + '"'));
  EventRecord flow = head();
  flow.type = EventType::flow;
  *ring.ring.reserve() = flow;
  ring.ring.commit();
  REQUIRE(put_text(ring.ring, head(), false, "tls", R"("n":1)"));
  const auto records = ring.read();
  std::vector<std::string> types;
  for (std::span<const EventRecord> rest(records); !rest.empty();) {
    const auto next = next_eve(rest, {});
    types.push_back(nlohmann::json::parse(next.line)["event_type"]);
    rest = rest.subspan(next.taken);
  }
  CHECK(types == std::vector<std::string>{"alert", "flow", "tls"});
}

TEST_CASE("a text that is no JSON, has no type or is cut gives a line that says so") {
  Ring ring(64);
  std::vector<EventRecord> records;
  SECTION("broken members") {
    REQUIRE(put_text(ring.ring, head(), false, "http", R"("http":{)"));
    records = ring.read();
  }
  SECTION("members that leave their object") {
    REQUIRE(put_text(ring.ring, head(), false, "http", R"("a":1},{"b":2)"));
    records = ring.read();
  }
  SECTION("a type that is no name") {
    REQUIRE(put_text(ring.ring, head(), false, "a\"b", R"("a":1)"));
    records = ring.read();
  }
  SECTION("a continuation is missing") {
    REQUIRE(put_text(ring.ring, head(), false, "http", R"("a":")" + std::string(200, 'x') + '"'));
    records = ring.read();
    records.pop_back();
  }
  CHECK(only_line(records)["anomaly"]["event"] == "damaged_record");
}

TEST_CASE("whatever a record says, its line is JSON") {
  std::mt19937 random(5);
  for (int round = 0; round < 3000; ++round) {
    std::vector<EventRecord> records(1 + random() % 4);
    for (auto& record : records) {
      auto* bytes = static_cast<unsigned char*>(static_cast<void*>(&record));
      for (std::size_t i = 0; i < sizeof(record); ++i)
        bytes[i] = static_cast<unsigned char>(random());
      record.type = static_cast<EventType>(random() % 8);
      record.time_ns %= 4'000'000'000'000'000'000;
      if (record.type == EventType::flow) record.flow = {};
    }
    const auto next = next_eve(records, {});
    REQUIRE(next.taken >= 1);
    REQUIRE(next.taken <= records.size());
    REQUIRE(nlohmann::json::accept(next.line));
  }
}

}  // namespace sekisho::events
