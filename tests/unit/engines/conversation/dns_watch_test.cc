#include <catch2/catch.hpp>

#include "harness.h"

namespace sekisho::tests {
namespace {

using namespace std::string_literals;

class Listener final : public engines::DnsWatch {
 public:
  struct Heard {
    engines::SeenDns seen;
    std::string name;
    std::vector<std::uint16_t> types;
  };
  void dns_seen(const engines::SeenDns& seen) noexcept override {
    heard.push_back(
        {seen, std::string(seen.name),
         std::vector<std::uint16_t>(seen.answer_types.begin(), seen.answer_types.end())});
  }
  std::vector<Heard> heard;
};

std::string framed(const std::string& message) {
  return std::string{static_cast<char>(message.size() >> 8),
                     static_cast<char>(message.size() & 0xff)} +
         message;
}

const std::string kQuestion =
    "\x03wWw\x07"
    "Example\x03"
    "com\x00\x00\x1c\x00\x01"s;
const std::string kQuery = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"s + kQuestion;
const std::string kResponse = "\x12\x34\x83\x83\x00\x01\x00\x02\x00\x00\x00\x00"s + kQuestion +
                              "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x02\xc0\x10"s +
                              "\xc0\x10\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"s;

/// A gateway hears of bytes as they come, not when they are acknowledged.
engines::InspectorConfig gateway() {
  auto config = ConversationHarness::listener();
  config.tcp.delivery = {};
  return config;
}

TEST_CASE("Whoever watches DNS hears of queries and responses as they are read") {
  Listener listener;
  ConversationHarness conversation({}, gateway());
  conversation.watch_dns(listener);
  conversation.open();
  const auto query = framed(kQuery), response = framed(kResponse);
  conversation.client(101, 501, query.substr(0, 20));
  CHECK(listener.heard.empty());
  conversation.client(121, 501, query.substr(20));
  REQUIRE(listener.heard.size() == 1);
  const auto asked = listener.heard[0];
  CHECK(asked.seen.direction == engines::Direction::to_server);
  CHECK_FALSE(asked.seen.is_response);
  CHECK(asked.seen.id == 0x1234);
  CHECK(asked.name == "www.example.com");
  CHECK(asked.seen.type == 28);
  CHECK(asked.seen.klass == 1);
  CHECK(asked.seen.num_questions == 1);
  CHECK(asked.types.empty());
  conversation.server(501, 101 + static_cast<std::uint32_t>(query.size()), response);
  REQUIRE(listener.heard.size() == 2);
  const auto answered = listener.heard[1];
  CHECK(answered.seen.direction == engines::Direction::to_client);
  CHECK(answered.seen.is_response);
  CHECK(answered.name == "www.example.com");
  CHECK(answered.seen.rcode == 3);
  CHECK(answered.seen.truncated);
  CHECK(answered.seen.num_answers == 2);
  CHECK(answered.seen.answer_bytes == 6);
  CHECK(answered.types == std::vector<std::uint16_t>{5, 1});
}

TEST_CASE("A query whose name cannot be read has none") {
  Listener listener;
  ConversationHarness conversation({}, gateway());
  conversation.watch_dns(listener);
  conversation.open();
  const auto loop = "\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"s;
  conversation.client(101, 501, framed(kQuery) + framed(loop));
  REQUIRE(listener.heard.size() == 2);
  CHECK(listener.heard[1].name.empty());
  CHECK(listener.heard[1].seen.type == 1);
}

}  // namespace
}  // namespace sekisho::tests
