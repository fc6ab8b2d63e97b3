// Whom a worker tells that an IPS rule refused something.
#include "dataplane/parse/decode.h"
#include "inspected.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kRules =
    "reject tcp any any -> any any (content:\"to sender\"; sid:1;)\n"
    "rejectdst tcp any any -> any any (content:\"to receiver\"; sid:2;)\n"
    "rejectboth tcp any any -> any any (content:\"to both\"; sid:3;)\n"
    "alert tcp any any -> any any (content:\"silently\"; priority:1; sid:4;)\n"
    "reject udp any any -> any any (content:\"refused\"; sid:5;)\n"
    "rejectdst udp any any -> any any (content:\"elsewhere\"; sid:6;)\n";

PacketInfo decoded(const Bytes& frame) {
  PacketInfo info;
  decode_ethernet(frame, {.check_ipv4_checksum = true, .check_transport_checksum = true}, info);
  return info;
}

bool is_reset(const Frames& frames) {
  return frames.size() == 1 && decoded(frames[0]).kind == PacketKind::flow &&
         (decoded(frames[0]).tcp_flags & kTcpRst) != 0;
}

struct Told {
  bool client = false, server = false;
  bool operator==(const Told&) const = default;
};

/// Whom a client's segment with this word gets told.
Told told_of(Gateway& gateway, std::string_view word, std::uint16_t port) {
  Connection connection{.client_port = port};
  REQUIRE(connection.open(gateway));
  const auto fate = gateway.from(kLanPort, connection.to_server(kAck | kPsh, word).build());
  CHECK_FALSE(fate.forwarded);
  return {is_reset(fate.to_lan), is_reset(fate.to_wan)};
}

PacketBuilder datagram(std::string_view payload, bool v6 = false) {
  return (v6 ? ethernet().ipv6(kClient6, kServer6) : ethernet().ipv4(kClient, kServer))
      .udp(5000, 53)
      .payload(payload);
}

}  // namespace

TEST_CASE("a reject rule resets the ends that it names") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(policy_with("enabled: true"), rules.get());
  CHECK(told_of(gateway, "to sender", 4001) == Told{true, false});
  CHECK(told_of(gateway, "to receiver", 4002) == Told{false, true});
  CHECK(told_of(gateway, "to both", 4003) == Told{true, true});
  CHECK(told_of(gateway, "silently", 4004) == Told{false, false});

  Connection answered{.client_port = 4005};
  REQUIRE(answered.open(gateway));
  const auto fate = gateway.from(kWanPort, answered.to_client(kAck | kPsh, "to sender").build());
  CHECK(fate.to_lan.empty());
  CHECK(is_reset(fate.to_wan));
  const auto later = gateway.from(kLanPort, answered.to_server(kAck | kPsh, "more").build());
  CHECK(later.to_lan.empty());
  CHECK(is_reset(later.to_wan));  // it may have missed the first one
}

TEST_CASE("a profile resets what it blocks, all or by rule") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(policy_with("action: reset"), rules.get());
  CHECK(told_of(gateway, "silently", 4001) == Told{true, true});
  gateway.harness().publish_with_rules(policy_with("action: monitor, reset_rules: [4]"),
                                       rules.get());
  CHECK(told_of(gateway, "silently", 4002) == Told{true, true});
  gateway.harness().publish_with_rules(
      policy_with("action: monitor, minimum_severity: critical, blocked_rules: [4]"), rules.get());
  CHECK(told_of(gateway, "silently", 4003) == Told{false, false});
}

TEST_CASE("a refused datagram is answered: nobody listens on that port") {
  const bool v6 = GENERATE(false, true);
  const auto length = GENERATE(as<std::size_t>{}, 7, 8, 1400);
  const IpsRuleText rules(kRules);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(policy_with("enabled: true"), rules.get());
  const auto frame = datagram("refused" + std::string(length - 7, 'x'), v6).build();
  const auto fate = gateway.from(kLanPort, frame);
  CHECK(fate.to_wan.empty());
  REQUIRE(fate.to_lan.size() == 1);
  const auto& answer = fate.to_lan[0];
  const auto info = decoded(answer);  // with right checksums
  const auto asked = decoded(frame);
  REQUIRE(info.kind == PacketKind::icmp_error);
  CHECK(info.icmp_type == (v6 ? 1 : 3));
  CHECK(info.icmp_code == (v6 ? 4 : 3));
  CHECK(info.key.a == asked.key.a);  // it is about that datagram
  CHECK(info.key.b == asked.key.b);
  CHECK(info.key.port_a == asked.key.port_a);
  CHECK(info.key.port_b == asked.key.port_b);
  CHECK(Bytes(answer.begin(), answer.begin() + 6) == Bytes(frame.begin() + 6, frame.begin() + 12));
  CHECK(answer.size() - info.ip_offset <= (v6 ? 1280U : 576U));
  const auto quoted = answer.begin() + info.payload_offset;
  CHECK(std::equal(quoted, answer.end(), frame.begin() + asked.ip_offset));
  CHECK(gateway.count("policy.resets_sent") == 1);
}

TEST_CASE("no answer to what was sent to many, or where the receiver is to be told") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(policy_with("enabled: true"), rules.get());
  for (const auto& frame :
       {datagram("elsewhere").build(),
        ethernet().ipv4(kClient, "224.0.0.251").udp(5001, 5353).payload("refused").build(),
        ethernet().ipv4("0.0.0.0", "255.255.255.255").udp(68, 67).payload("refused").build(),
        ethernet().ipv6(kClient6, "ff02::fb").udp(5001, 5353).payload("refused").build()}) {
    const auto fate = gateway.from(kLanPort, frame);
    CHECK_FALSE(fate.forwarded);
    CHECK(fate.to_lan.empty());
    CHECK(fate.to_wan.empty());
  }
}

TEST_CASE("a flood of refused datagrams gets so many answers a second and no more") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(policy_with("enabled: true"), rules.get());
  std::size_t answers = 0;
  for (int i = 0; i < 1500; ++i)
    answers += gateway.from(kLanPort, datagram("refused").build()).to_lan.size();
  CHECK(answers == 1000);
  gateway.harness().advance_seconds(1);
  CHECK(gateway.from(kLanPort, datagram("refused").build()).to_lan.size() == 1);
}
