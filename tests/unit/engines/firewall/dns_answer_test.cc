#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "compiled.h"
#include "engines/firewall/learned_addresses.h"

namespace sekisho::engines::firewall {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Builds DNS messages label by label.
struct Message {
  Bytes bytes = {0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0};

  void be16(std::uint16_t value) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value));
  }
  Message& name(const std::string& text) {
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t end = std::min(text.find('.', begin), text.size());
      bytes.push_back(static_cast<std::uint8_t>(end - begin));
      bytes.insert(bytes.end(), text.begin() + static_cast<std::ptrdiff_t>(begin),
                   text.begin() + static_cast<std::ptrdiff_t>(end));
      begin = end + 1;
    }
    bytes.push_back(0);
    return *this;
  }
  Message& question(const std::string& text) {
    name(text);
    be16(1);
    be16(1);
    return *this;
  }
  Message& record(const std::string& owner, std::uint16_t type, std::uint32_t ttl,
                  const Bytes& data) {
    if (owner == "@")
      be16(0xc00c);  // the question's name
    else
      name(owner);
    be16(type);
    be16(1);
    be16(static_cast<std::uint16_t>(ttl >> 16));
    be16(static_cast<std::uint16_t>(ttl));
    be16(static_cast<std::uint16_t>(data.size()));
    bytes.insert(bytes.end(), data.begin(), data.end());
    ++bytes[7];
    return *this;
  }
};

Bytes name_bytes(const std::string& text) {
  Message message;
  message.bytes.clear();
  return message.name(text).bytes;
}

struct Learner {
  Compiled firewall;
  LearnedAddresses learned{64};

  Learner() {
    policy::Policy policy;
    policy.rules = {rule_from("", policy::Action::block)};
    policy.rules[0].destination.fqdns = {"*.a.com", "cdn.test"};
    firewall = compiled(policy);
  }
  std::size_t learn(const Message& message) {
    return learn_from_dns(message.bytes, *firewall, learned, 1000);
  }
  std::size_t known(const std::string& address, std::uint32_t now) const {
    std::array<FqdnId, 8> out;
    return learned.patterns_of(ip(address), now, out);
  }
};

const Bytes kAddress{192, 0, 2, 1};

}  // namespace

TEST_CASE("addresses of a wanted name are learned for its TTL, between a minute and a day") {
  Learner learner;
  const auto [ttl, last] = GENERATE(table<std::uint32_t, std::uint32_t>(
      {{300, 1300}, {0, 1060}, {100'000, 87'400}, {0xffffffff, 87'400}}));
  CAPTURE(ttl);
  CHECK(learner.learn(Message{}.question("WWW.a.com").record("@", 1, ttl, kAddress)) == 1);
  CHECK(learner.known("192.0.2.1", last) == 1);
  CHECK(learner.known("192.0.2.1", last + 1) == 0);
}

TEST_CASE("a CNAME chain is followed in whatever order it is written") {
  Learner learner;
  const Bytes v6{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  Message message;
  message.question("www.a.com")
      .record("cdn.test", 28, 300, v6)
      .record("x.test", 5, 300, name_bytes("cdn.test"))
      .record("@", 5, 300, name_bytes("x.test"));
  CHECK(learner.learn(message) == 2);  // for *.a.com and for cdn.test
  CHECK(learner.known("2001:db8::1", 1000) == 2);
}

TEST_CASE("addresses of names that the question does not lead to are not believed") {
  Learner learner;
  CHECK(learner.learn(Message{}.question("b.test").record("www.a.com", 1, 300, kAddress)) == 0);
  CHECK(learner.known("192.0.2.1", 1000) == 0);
}

TEST_CASE("a loop of CNAMEs ends") {
  Learner learner;
  Message message;
  message.question("www.a.com")
      .record("@", 5, 300, name_bytes("x.test"))
      .record("x.test", 5, 300, name_bytes("www.a.com"))
      .record("x.test", 1, 300, kAddress);
  CHECK(learner.learn(message) == 1);
}

TEST_CASE("what is not a response without error teaches nothing") {
  Learner learner;
  Message message;
  message.question("www.a.com").record("@", 1, 300, kAddress);
  SECTION("a query") { message.bytes[2] = 0x01; }
  SECTION("another opcode") { message.bytes[2] = 0xa8; }
  SECTION("an error") { message.bytes[3] = 0x83; }
  SECTION("no question") { message.bytes[5] = 0; }
  SECTION("a pointer to itself") { message.bytes[12] = 0xc0, message.bytes[13] = 12; }
  SECTION("a label that runs out") { message.bytes[12] = 63; }
  SECTION("a dot inside a label") { message.bytes[14] = '.'; }
  CHECK(learner.learn(message) == 0);
}

TEST_CASE("a response cut short anywhere is refused without reading past its end") {
  Learner learner;
  Message message;
  message.question("www.a.com").record("@", 1, 300, kAddress);
  for (std::size_t bytes = 0; bytes < message.bytes.size(); ++bytes) {
    // A buffer of exactly that size, so that the address sanitizer sees a byte too many.
    const Bytes cut(message.bytes.begin(),
                    message.bytes.begin() + static_cast<std::ptrdiff_t>(bytes));
    CHECK(learn_from_dns(cut, *learner.firewall, learner.learned, 1000) == 0);
  }
}

TEST_CASE("a query and the answer that repeats its question have id and hash in common") {
  Message query;
  query.question("www.a.com").bytes[2] = 0x01;
  const auto asked = read_dns_question(query.bytes);
  REQUIRE(asked);
  CHECK(asked->id == 0x1234);
  CHECK_FALSE(asked->response);
  const auto answered = read_dns_question(
      Message{}.question("wWw.A.COM").record("@", 1, 300, kAddress).record("@", 1, 1, {}).bytes);
  REQUIRE(answered);
  CHECK(answered->id == 0x1234);
  CHECK(answered->response);
  CHECK(answered->hash == asked->hash);
}

TEST_CASE("questions of another name, type or class have another hash") {
  const auto hash = [](const Message& message) {
    const auto question = read_dns_question(message.bytes);
    REQUIRE(question);
    return question->hash;
  };
  const auto wanted = hash(Message{}.question("www.a.com"));
  for (const std::string name : {"www.b.com", "wwwa.com", "www.acom", "a.com", "www.a.com.x", ""}) {
    CAPTURE(name);
    CHECK(hash(Message{}.question(name)) != wanted);
  }
  for (const std::size_t from_end :
       {std::size_t{1}, std::size_t{3}}) {  // the low bytes of class and type
    Message message;
    message.question("www.a.com");
    message.bytes[message.bytes.size() - from_end] = 28;
    CHECK(hash(message) != wanted);
  }
}

TEST_CASE("what has not exactly one whole question has none") {
  Message message;
  message.question("www.a.com");
  SECTION("another opcode") { message.bytes[2] = 0x28; }
  SECTION("no question") { message.bytes[5] = 0; }
  SECTION("two questions") { message.bytes[5] = 2; }
  SECTION("a compressed name") { message.bytes[12] = 0xc0; }
  SECTION("a label that runs out") { message.bytes[12] = 63; }
  SECTION("a name longer than 255 bytes") {
    std::string name = "a";
    for (int i = 0; i < 127; ++i) name += ".b";  // 128 labels of 2 bytes and the end
    message = {};
    message.question(name);
  }
  CHECK_FALSE(read_dns_question(message.bytes));
}

TEST_CASE("a question cut short anywhere is refused without reading past its end") {
  Message message;
  message.question("www.a.com");
  REQUIRE(read_dns_question(message.bytes));
  for (std::size_t bytes = 0; bytes < message.bytes.size(); ++bytes) {
    const Bytes cut(message.bytes.begin(),
                    message.bytes.begin() + static_cast<std::ptrdiff_t>(bytes));
    CHECK_FALSE(read_dns_question(cut));
  }
}

}  // namespace sekisho::engines::firewall
