// What a flow's ends tell, where what is said does not.
#include <array>
#include <catch2/catch.hpp>

#include "conversations.h"
#include "engines/appid/appid.h"
#include "engines/appid/network_table.h"
#include "rules/applications/catalogue.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;

struct End {
  const char* address;
  std::uint16_t port;
};
const End kPhone{"192.168.1.7", 40000}, kFriend{"198.51.100.9", 41000};
const End kTelegram{"91.108.9.35", 1400}, kAnyone{"203.0.113.5", 3478};

/// One worker's engine, and flows that it sees one after the other.
class Worker {
 public:
  /// Says each payload in turn; (application, carrier) at the end.
  std::pair<std::string, std::string> flow(std::uint8_t protocol, End from, End to,
                                           const std::vector<Said>& said) {
    Facts facts;
    facts.source = *parse_ip_address(from.address);
    facts.destination = *parse_ip_address(to.address);
    facts.source_port = from.port;
    facts.destination_port = to.port;
    facts.protocol = protocol;
    std::array<std::uint8_t, 8> state{};
    for (const auto& one : said) {
      const std::vector<std::uint8_t> bytes(one.bytes.begin(), one.bytes.end());
      Inspection inspection;
      inspection.payload = bytes;
      inspection.to_server = one.to_server;
      inspection.facts = &facts;
      inspection.flow_state = state.data();
      engine_->inspect({&inspection, 1});
    }
    known = facts.application_known;
    const auto name = [](ApplicationId id) {
      const auto* const found = rules::application(id);
      return found == nullptr ? std::string() : std::string(found->name);
    };
    return {name(facts.application), name(facts.carrier)};
  }
  Knowledge known = Knowledge::not_yet;

 private:
  static std::unique_ptr<const Ruleset> loaded() {
    Diagnostics warnings;
    const auto artifact =
        std::get<Artifact>(appid::kSpec.compile({.policy = policy::Policy{}}, warnings));
    return *appid::kSpec.load(artifact);
  }
  std::unique_ptr<const Ruleset> ruleset_ = loaded();
  std::unique_ptr<Engine> engine_ = appid::kSpec.make(*ruleset_);
};

using Named = std::pair<std::string, std::string>;

std::string stun(std::string_view type, std::string_view attributes) {
  const auto body = hex(attributes);
  return hex(type) + std::string(1, '\0') + static_cast<char>(body.size()) + hex("21 12 a4 42") +
         std::string(12, 't') + body;
}
const std::string kQuestion = stun("00 01", "");
const std::string kWithIntegrity = stun("00 01", "00 08 00 04 01 02 03 04");
const std::string kCheck = stun("00 01", "00 06 00 04 61 3a 62 63 00 24 00 04 6e 00 00 01");
const std::string kNoise = "\x9f\x80\x81\x82\x83";

}  // namespace

TEST_CASE("a network that its operator publishes tells the application") {
  Worker worker;
  CHECK(worker.flow(kUdp, kPhone, kTelegram, {{true, kQuestion}}) == Named{"telegram", "stun"});
  CHECK(worker.flow(kTcp, kPhone, kTelegram, {{true, kNoise}}) == Named{"telegram", ""});
  CHECK(worker.flow(kTcp, kTelegram, kPhone, {{true, kNoise}}) == Named{"telegram", ""});
  CHECK(worker.flow(kTcp, kPhone, kTelegram, {{true, "SSH-2.0-x\r\n"}}) == Named{"ssh", ""});
  CHECK(worker.flow(kTcp, kPhone, {"91.108.3.255", 443}, {{true, kNoise}}) == Named{"", ""});
}

TEST_CASE("a network of one port tells nothing on others") {
  const appid::NetworkTable networks;
  const auto apple = *parse_ip_address("17.57.144.20");
  CHECK(networks.find(apple, 5223) == rules::find_application("apple_push")->id);
  CHECK(networks.find(apple, 443) == 0);
  CHECK(networks.find(*parse_ip_address("2001:67c:4e8::1"), 443) ==
        rules::find_application("telegram")->id);
  CHECK(networks.find(*parse_ip_address("16.255.255.255"), 5223) == 0);
  CHECK(networks.find(*parse_ip_address("18.0.0.0"), 5223) == 0);
  CHECK(networks.find(IpAddress{}, 0) == 0);
}

TEST_CASE("what a socket says to others is of the application that the socket is known by") {
  Worker worker;
  CHECK(worker.flow(kUdp, kPhone, kFriend, {{true, kWithIntegrity}}) == Named{"stun", ""});
  worker.flow(kUdp, kPhone, kTelegram, {{true, kQuestion}});
  CHECK(worker.flow(kUdp, kPhone, kFriend, {{true, kWithIntegrity}}) == Named{"telegram", "stun"});
  CHECK(worker.flow(kUdp, kPhone, kFriend, {{true, kNoise}}) == Named{"telegram", ""});
  CHECK(worker.flow(kUdp, kFriend, kPhone, {{true, kNoise}}) == Named{"telegram", ""});
  CHECK(worker.flow(kTcp, kPhone, kFriend, {{true, kNoise}}) == Named{"", ""});
  CHECK(worker.flow(kUdp, {kPhone.address, 40001}, kFriend, {{true, kNoise}}) == Named{"", ""});
  CHECK(worker.flow(kUdp, kPhone, {kAnyone.address, 53},
                    {{true, hex("12 34 01 00 00 01 00 00 00 00 00 00 01 61 00 00 01 00 01")}}) ==
        Named{"dns", ""});
}

TEST_CASE("a check between peers tells of both sockets, a question to a server only of its own") {
  const End other{"192.168.1.8", 42000};
  Worker worker;
  worker.flow(kUdp, kPhone, kTelegram, {{true, kQuestion}});
  worker.flow(kUdp, kPhone, kAnyone, {{true, kWithIntegrity}});
  CHECK(worker.flow(kUdp, other, kAnyone, {{true, kWithIntegrity}}) == Named{"stun", ""});
  worker.flow(kUdp, kPhone, kFriend, {{true, kCheck}});
  CHECK(worker.flow(kUdp, other, kFriend, {{true, kCheck}}) == Named{"telegram", "stun"});
}

TEST_CASE("tinc's packets go where its connection went") {
  const End node{"203.0.113.77", 655};
  Worker worker;
  CHECK(worker.flow(kUdp, {kPhone.address, 655}, node, {{true, kNoise}}) == Named{"", ""});
  CHECK(worker.flow(kTcp, kPhone, node, {{true, "0 alpha 17\n"}}) == Named{"tinc", ""});
  CHECK(worker.flow(kUdp, {kPhone.address, 655}, node, {{true, kNoise}}) == Named{"tinc", ""});
}

TEST_CASE("what TFTP sends comes from another port than was asked") {
  const End server{"203.0.113.77", 69}, data{"203.0.113.77", 50123};
  const auto block = hex("00 03 00 01") + "contents";
  const std::string request("\0\1boot.img\0octet\0", 17);
  Worker worker;
  CHECK(worker.flow(kUdp, data, kPhone, {{true, block}}) == Named{"", ""});
  CHECK(worker.flow(kUdp, kPhone, server, {{true, request}}) == Named{"tftp", ""});
  CHECK(worker.flow(kUdp, data, kPhone, {{true, block}}) == Named{"tftp", ""});
  CHECK(worker.flow(kUdp, data, {kPhone.address, 40001}, {{true, block}}) == Named{"", ""});
}

TEST_CASE("a STUN flow that begins with a question waits for a realm, for four payloads") {
  const auto allocate = stun("00 03", "00 19 00 04 11 00 00 00");
  const auto answer = stun("01 01", "00 20 00 04 00 01 e8 8e");
  const auto refusal = stun("01 13", "00 14 00 0f 74 75 72 6e 65 72 2e 66 61 63 65 62 6f 6f 6b 00");
  const auto other = stun("01 13", "00 14 00 04 68 6f 6d 65");
  Worker worker;
  CHECK(worker.flow(kUdp, {kPhone.address, 40100}, kAnyone,
                    {{true, kQuestion}, {false, answer}, {true, allocate}, {false, refusal}}) ==
        Named{"facebook_messenger", "stun"});
  CHECK(worker.flow(kUdp, {kPhone.address, 40101}, kAnyone, {{true, allocate}}) ==
        Named{"stun", ""});
  CHECK(worker.known == Knowledge::not_yet);
  CHECK(worker.flow(kUdp, {kPhone.address, 40102}, kAnyone,
                    {{true, kQuestion}, {true, kWithIntegrity}}) == Named{"stun", ""});
  CHECK(worker.known == Knowledge::known);
  CHECK(worker.flow(kUdp, {kPhone.address, 40103}, kAnyone,
                    {{true, kQuestion}, {false, answer}, {true, allocate}, {false, other}}) ==
        Named{"stun", ""});
  CHECK(worker.known == Knowledge::known);
}
