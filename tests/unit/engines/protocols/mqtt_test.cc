#include <catch2/catch.hpp>

#include "hello_builder.h"
#include "protocol_support.h"
#include "recorder.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;
using Flights = std::vector<std::pair<Direction, std::string>>;

std::string text(const std::string& value) { return be16(value.size()) + value; }
std::string packet(int first, const std::string& body) {
  std::string head = bytes_of({first});
  auto left = body.size();
  do {
    head += bytes_of({static_cast<int>((left & 0x7f) | (left > 0x7f ? 0x80 : 0))});
    left >>= 7;
  } while (left > 0);
  return head + body;
}
std::string connect3() {
  return packet(
      0x10, text("MQIsdp") + bytes_of({3, 0xc2, 0, 60}) + text("me") + text("user") + text("pass"));
}
std::string connect5() {
  const std::string properties =
      bytes_of({0x21, 0, 222, 0x26}) + text("one") + text("two") + bytes_of({0x15}) + text("foo");
  const std::string will = bytes_of({0x18, 0, 0, 0, 200});
  return packet(0x10, text("MQTT") + bytes_of({5, 0x06, 0, 60}) +
                          bytes_of({static_cast<int>(properties.size())}) + properties + text("") +
                          bytes_of({static_cast<int>(will.size())}) + will + text("wt") +
                          text("wm"));
}
const std::string kConnack3 = packet(0x20, bytes_of({0, 0}));
const std::string kConnack5 = packet(0x20, bytes_of({1, 0, 3, 0x22, 0, 10}));

}  // namespace

TEST_CASE("Packets that belong together become one MQTT record, however they are cut") {
  const auto segment = GENERATE(values<std::size_t>({0, 1, 7}));
  struct Case {
    const char* what;
    Flights flights;
    std::vector<std::string> records;
  };
  const std::string head = R"("qos":0,"retain":false,"dup":false)";
  const Case cases[] = {
      {"3.1",
       {{kServer, connect3()}, {kClient, kConnack3}, {kServer, packet(0xe0, "")}},
       {R"({"mqtt":{"connect":{)" + head +
            R"(,"protocol_string":"MQIsdp","protocol_version":3,"flags":{"username":true,"password":true,"will_retain":false,"will":false,"clean_session":true},"client_id":"me","username":"user","password":"pass"},"connack":{)" +
            head + R"(,"session_present":false,"return_code":0}}})",
        R"({"mqtt":{"disconnect":{)" + head + "}}}"}},
      {"5",
       {{kServer, connect5()}, {kClient, kConnack5}, {kServer, packet(0xe0, bytes_of({4, 0}))}},
       {R"({"mqtt":{"connect":{)" + head +
            R"(,"protocol_string":"MQTT","protocol_version":5,"flags":{"username":false,"password":false,"will_retain":false,"will":true,"clean_session":true},"client_id":"","will":{"topic":"wt","message":"wm","properties":{"will_delay_interval":200}},"properties":{"receive_maximum":222,"one":"two","authentication_method":"foo"}},"connack":{)" +
            head +
            R"(,"session_present":true,"return_code":0,"properties":{"topic_alias_maximum":10}}}})",
        R"({"mqtt":{"disconnect":{)" + head + R"(,"reason_code":4}}})"}},
      {"publish in all qualities",
       {{kServer, packet(0x30, text("t") + "m")},
        {kServer, packet(0x32, text("t") + be16(1) + "m")},
        {kClient, packet(0x40, be16(1))},
        {kServer, packet(0x34, text("t") + be16(2) + "m")},
        {kClient, packet(0x50, be16(2))},
        {kServer, packet(0x62, be16(2))},
        {kClient, packet(0x70, be16(2))}},
       {R"({"mqtt":{"publish":{)" + head + R"(,"topic":"t","message":"m"}}})",
        R"({"mqtt":{"publish":{"qos":1,"retain":false,"dup":false,"message_id":1,"topic":"t","message":"m"},"puback":{)" +
            head + R"(,"message_id":1}}})",
        R"({"mqtt":{"publish":{"qos":2,"retain":false,"dup":false,"message_id":2,"topic":"t","message":"m"},"pubrec":{)" +
            head +
            R"(,"message_id":2},"pubrel":{"qos":1,"retain":false,"dup":false,"message_id":2},"pubcomp":{)" +
            head + R"(,"message_id":2}}})"}},
      {"topics",
       {{kServer, packet(0x82, be16(1) + text("a") + bytes_of({0}) + text("b") + bytes_of({2}))},
        {kClient, packet(0x90, be16(1) + bytes_of({0, 2}))},
        {kServer, packet(0xa2, be16(2) + text("a"))},
        {kClient, packet(0xb0, be16(2))}},
       {R"({"mqtt":{"subscribe":{"qos":1,"retain":false,"dup":false,"message_id":1,"topics":[{"topic":"a","qos":0},{"topic":"b","qos":2}]},"suback":{)" +
            head + R"(,"message_id":1,"qos_granted":[0,2]}}})",
        R"({"mqtt":{"unsubscribe":{"qos":1,"retain":false,"dup":false,"message_id":2,"topics":["a"]},"unsuback":{)" +
            head + R"(,"message_id":2}}})"}},
      {"no answer until the end",
       {{kServer, packet(0x32, text("t") + be16(9) + "m")}},
       {R"({"mqtt":{"publish":{"qos":1,"retain":false,"dup":false,"message_id":9,"topic":"t","message":"m"}}})"}},
  };
  for (const auto& [what, flights, records] : cases) {
    CAPTURE(what, segment);
    Recorder recorder;
    CHECK(play_stream(Protocol::mqtt, flights, segment, recorder) == ParseStatus::ok);
    REQUIRE(recorder.records.size() == records.size());
    for (std::size_t i = 0; i < records.size(); ++i) CHECK(recorder.records[i].json == records[i]);
  }
}

TEST_CASE("Long texts of MQTT are cut in records, not for rules") {
  const std::string message(40000, 'x');
  ParserOptions options;
  options.mqtt_text_limit = 10;
  Recorder recorder;
  std::size_t seen = 0;
  recorder.on_stage = [&](Transaction& transaction, Direction direction) {
    const auto value = text_of(transaction, Field::mqtt_publish_message, direction);
    if (value != "<none>") seen = value.size();
  };
  play_stream(Protocol::mqtt,
              {{kServer, packet(0x32, text("t") + be16(1) + message)},
               {kClient, packet(0x40, be16(1))},
               {kServer, packet(0x82, be16(2) + text("topicX") + bytes_of({0}) + text("topicY") +
                                          bytes_of({0}))}},
              1000, recorder, options);
  CHECK(seen == message.size());
  REQUIRE(recorder.records.size() == 2);
  CHECK(recorder.records[0].json.find(
            R"("message":"xxxxxxxxxx[truncated 39990 additional bytes]")") != std::string::npos);
  CHECK(
      recorder.records[1].json.find(
          R"([{"topic":"topicX","qos":0},{"topic":"topi[truncated 2 additional bytes]","qos":0}])") !=
      std::string::npos);
}

TEST_CASE("What is odd about MQTT is named") {
  struct Case {
    Flights flights;
    const char* oddity;
    ParseStatus status;
  };
  const Case cases[] = {
      {{{kClient, kConnack3}}, "mqtt.missing_connect", ParseStatus::ok},
      {{{kClient, packet(0x40, be16(1))}}, "mqtt.missing_publish", ParseStatus::ok},
      {{{kClient, packet(0x90, be16(1))}}, "mqtt.missing_subscribe", ParseStatus::ok},
      {{{kClient, packet(0xb0, be16(1))}}, "mqtt.missing_unsubscribe", ParseStatus::ok},
      {{{kServer, packet(0x30, text("t"))}}, "mqtt.unintroduced_message", ParseStatus::ok},
      {{{kServer, connect3()}, {kClient, kConnack3}, {kServer, connect3()}},
       "mqtt.double_connect",
       ParseStatus::ok},
      {{{kServer, packet(0x36, text("t") + be16(1))}}, "mqtt.invalid_qos_level", ParseStatus::ok},
      {{{kServer, packet(0x32, text("t") + be16(0))}}, "mqtt.missing_msg_id", ParseStatus::ok},
      {{{kServer, packet(0x00, "x")}}, "mqtt.unassigned_msg_type", ParseStatus::ok},
      {{{kServer, packet(0x30, be16(5))}}, "mqtt.malformed_traffic", ParseStatus::failed},
      {{{kServer, connect5() + packet(0x30, text("t") + bytes_of({0x7f}))}},
       "mqtt.malformed_traffic",
       ParseStatus::failed},
  };
  for (const auto& [flights, oddity, status] : cases) {
    CAPTURE(oddity);
    Recorder recorder;
    CHECK(play_stream(Protocol::mqtt, flights, 0, recorder) == status);
    CHECK(recorder.has_oddity(oddity));
  }
}

TEST_CASE("Rules see each MQTT packet in its own direction") {
  Recorder recorder;
  std::vector<std::uint64_t> types, codes;
  std::vector<std::string> topics;
  recorder.on_stage = [&](Transaction& transaction, Direction direction) {
    types.push_back(transaction.number(Field::mqtt_type, direction, 0).value_or(99));
    CHECK_FALSE(transaction.number(Field::mqtt_type, opposite(direction), 0));
    for (std::uint32_t i = 0; i < 2; ++i) {
      if (const auto code = transaction.number(Field::mqtt_reason_code, direction, i))
        codes.push_back(*code);
      const auto topic = text_of(transaction, Field::mqtt_subscribe_topic, direction, i);
      if (topic != "<none>") topics.push_back(topic);
    }
  };
  play_stream(
      Protocol::mqtt,
      {{kServer, connect3()},
       {kClient, kConnack3},
       {kServer, packet(0x82, be16(1) + text("a") + bytes_of({0}) + text("b") + bytes_of({1}))},
       {kClient, packet(0x90, be16(1) + bytes_of({0x80, 1}))}},
      3, recorder);
  CHECK(types == std::vector<std::uint64_t>{1, 2, 8, 9});
  CHECK(codes == std::vector<std::uint64_t>{0, 0x80, 1});
  CHECK(topics == std::vector<std::string>{"a", "b"});
}

TEST_CASE("Beyond 64 open MQTT exchanges the oldest ends") {
  Recorder recorder;
  std::string flight;
  for (std::size_t i = 1; i <= 65; ++i) flight += packet(0x32, text("t") + be16(i));
  play_stream(Protocol::mqtt, {{kServer, flight}}, 0, recorder);
  CHECK(recorder.has_oddity("mqtt.too_many_transactions"));
  CHECK(recorder.records.size() == 65);
}

TEST_CASE("MQTT is recognised by a CONNECT, or on its port by flags as they must be") {
  struct Case {
    std::string bytes;
    std::uint16_t port;
    Likeness expected;
  };
  const Case cases[] = {
      {connect5(), 80, Likeness::yes},
      {connect3(), 80, Likeness::yes},
      {connect5().substr(0, 5), 80, Likeness::maybe},
      {packet(0x10, text("HTTP") + "xxxxxxx"), 1883, Likeness::no},
      {packet(0x30, text("t")), 80, Likeness::no},
      {packet(0x30, text("t")), 1883, Likeness::yes},
      {packet(0x82, text("t")), 1883, Likeness::yes},
      {packet(0x80, text("t")), 1883, Likeness::no},
  };
  for (const auto& [bytes, port, expected] : cases)
    CHECK(spec_of(Protocol::mqtt).probe({as_bytes(bytes), kServer, port, 40000}) == expected);
}
