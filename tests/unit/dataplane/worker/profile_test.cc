// Which flows a worker inspects, under whose profile.
#include <algorithm>

#include "inspected.h"
#include "rules/applications/catalogue.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kWebRule =
    "drop http any any -> any any (msg:\"not here\"; http.uri; content:\"/forbidden\"; sid:1;)\n"
    "alert tcp any any -> any any (msg:\"word\"; content:\"attack\"; priority:1; sid:2;)\n";

constexpr const char* kWebInspected =
    "{name: web, action: allow, log: false, profile: p, content: {applications: [http]}}";
constexpr const char* kRest = "{name: rest, action: allow, log: false}";

/// Whether the server gets to see the client's bytes.
bool says(Gateway& gateway, Connection& connection, std::string_view bytes) {
  return gateway.lan_passes(connection.to_server(kAck | kPsh, bytes));
}

}  // namespace

TEST_CASE("a profile on a rule for an application inspects from the first segment") {
  const IpsRuleText rules(kWebRule);
  const bool with_rest = GENERATE(false, true);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      policy_with("enabled: true",
                  with_rest ? std::string(kWebInspected) + ", " + kRest : kWebInspected),
      rules.get());
  Connection good, bad{.client_port = 40'001}, slow{.client_port = 40'002};
  REQUIRE(good.open(gateway));
  CHECK(says(gateway, good, "GET /index HTTP/1.1\r\nHost: a\r\n\r\n"));
  REQUIRE(bad.open(gateway));
  CHECK_FALSE(says(gateway, bad, "GET /forbidden HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(gateway.count("drop.ips_drop") == 1);

  // What settles the rule may hold half of the attack.
  REQUIRE(slow.open(gateway));
  CHECK(says(gateway, slow, "GET /for"));
  CHECK_FALSE(says(gateway, slow, "bidden HTTP/1.1\r\nHost: a\r\n\r\n"));
}

TEST_CASE("a rule for an application blocks it by the host that the client names") {
  const IpsRuleText rules(kWebRule);
  const auto* const named = GENERATE("youtube", "google");  // itself, what it is a part of
  CAPTURE(named);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      policy_with("enabled: true", std::string("{name: no, action: block, log: false, content: "
                                               "{applications: [") +
                                       named +
                                       "]}}, {name: rest, action: allow, log: false, profile: p}"),
      rules.get());
  Connection good, bad{.client_port = 40'001}, slow{.client_port = 40'002};
  REQUIRE(good.open(gateway));
  CHECK(says(gateway, good, "GET / HTTP/1.1\r\nHost: test.example\r\n\r\n"));
  REQUIRE(bad.open(gateway));
  CHECK_FALSE(says(gateway, bad, "GET / HTTP/1.1\r\nHost: www.youtube.com\r\n\r\n"));

  // The first piece names nobody, so that only who joins them can tell.
  REQUIRE(slow.open(gateway));
  CHECK(says(gateway, slow, "GET / HTTP/1.1\r\nHo"));
  CHECK_FALSE(says(gateway, slow, "st: www.youtube.com\r\n\r\n"));
  CHECK(gateway.count("drop.policy_block") == 2);
}

TEST_CASE("a rule for a protocol holds for what is told from it") {
  const IpsRuleText rules(kWebRule);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      policy_with("enabled: true",
                  "{name: no, action: block, log: false, content: {applications: [http]}}, "
                  "{name: rest, action: allow, log: false, profile: p}"),
      rules.get());
  Connection bad;
  REQUIRE(bad.open(gateway));
  CHECK_FALSE(says(gateway, bad, "GET / HTTP/1.1\r\nHost: www.youtube.com\r\n\r\n"));
}

TEST_CASE("what may yet come under a profile is treated as if it did, until it does not") {
  const IpsRuleText rules(kWebRule);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      policy_with("enabled: true", std::string(kWebInspected) + ", " + kRest), rules.get());
  Connection unknown, other{.client_port = 40'001};
  REQUIRE(unknown.open(gateway));
  CHECK_FALSE(says(gateway, unknown, "attack"));
  REQUIRE(other.open(gateway));
  CHECK(gateway.wan_passes(other.to_client(kAck | kPsh, "SSH-2.0-OpenSSH_9.2\r\n")));
  CHECK(says(gateway, other, "SSH-2.0-OpenSSH_9.2\r\n"));
  CHECK(says(gateway, other, "attack"));
}

TEST_CASE("records name the application of what a tunnel carries") {
  const IpsRuleText rules(kWebRule);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      policy_with("enabled: true", "{name: all, action: allow, log: false, profile: p}"),
      rules.get());
  CHECK(gateway.lan_passes(ethernet()
                               .ipv4(kClient, kServer)
                               .gre()
                               .ipv4("10.0.0.1", "10.0.0.2")
                               .udp(5000, 5004)
                               .payload("SIP/2.0 100 Trying\r\n\r\n")));
  for (int i = 0; i < 400 && gateway.num_flows() != 0; ++i) {
    gateway.harness().advance_seconds(1);
    gateway.harness().poll();
  }
  const auto ended = gateway.take_events(events::EventType::flow);
  CHECK(std::any_of(ended.begin(), ended.end(), [](const auto& one) {
    return one.tuple.destination_port == 5004 &&
           one.flow.application == rules::application_id::kSip;
  }));
}

TEST_CASE("a rule for an application without a profile leaves the rest its own") {
  const IpsRuleText rules(kWebRule);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      policy_with("enabled: true",
                  "{name: dns, action: allow, log: false, content: {applications: [dns]}}, "
                  "{name: rest, action: allow, log: false, profile: p}"),
      rules.get());
  Connection bad;
  REQUIRE(bad.open(gateway));
  CHECK_FALSE(says(gateway, bad, "GET /forbidden HTTP/1.1\r\nHost: a\r\n\r\n"));
}

namespace {

constexpr std::string_view kErrorRule =
    "drop icmp any any -> any any (msg:\"unreachable\"; itype:3; sid:3; rev:2;)\n";
constexpr const char* kInspectedPort =
    "{name: inspected, action: allow, log: false, profile: p, services: [udp/7]}, "
    "{name: rest, action: allow, log: false}";

PacketBuilder question(std::uint16_t port) {
  return ethernet().ipv4(kClient, kServer).udp(5000, port);
}
/// Of a router on the way.
PacketBuilder unreachable(std::uint16_t port) {
  return ethernet()
      .ipv4("203.0.113.1", kClient)
      .icmp_error(3, 3, ipv4(kClient, kServer).udp(5000, port).build());
}

}  // namespace

TEST_CASE("an ICMP error is inspected under the profile of the flow that it is about") {
  const IpsRuleText rules(kErrorRule);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(policy_with("enabled: true", kInspectedPort), rules.get());
  REQUIRE(gateway.lan_passes(question(7)));
  REQUIRE(gateway.lan_passes(question(9)));
  gateway.harness().drop_events();
  CHECK(gateway.wan_passes(unreachable(9)));
  CHECK_FALSE(gateway.wan_passes(unreachable(7)));
  CHECK(gateway.count("drop.ips_drop") == 1);

  const auto records = gateway.harness().take_events();
  const auto alert = std::find_if(records.begin(), records.end(), [](const auto& record) {
    return record.type == events::EventType::text;
  });
  REQUIRE(alert != records.end());
  CHECK(alert->flow_id != 0);
  CHECK(alert->tuple.source == *parse_ip_address("203.0.113.1"));
  CHECK(alert->tuple.destination == *parse_ip_address(kClient));
  CHECK(alert->tuple.source_port == 3);  // its type

  gateway.harness().publish_with_rules(policy_with("excluded_rules: [3]", kInspectedPort),
                                       rules.get());
  CHECK(gateway.wan_passes(unreachable(7)));
  gateway.harness().publish_with_rules(policy_with("action: monitor", kInspectedPort), rules.get());
  CHECK(gateway.wan_passes(unreachable(7)));
}

TEST_CASE("a drop by a rule names it, once a flow") {
  const IpsRuleText rules(
      "alert udp any any -> any any (msg:\"a word\"; content:\"attack\"; priority:1; sid:7; "
      "rev:4;)\n"
      "drop tcp any any -> any any (msg:\"in a stream\"; content:\"attack\"; priority:2; "
      "sid:8;)\n");
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(policy_with("enabled: true"), rules.get());
  const auto attack = ethernet().ipv4(kClient, kServer).udp(5000, 7).payload("attack");
  for (int i = 0; i < 2; ++i) CHECK_FALSE(gateway.lan_passes(attack));
  auto drops = told(gateway, "\"drop\":{");
  REQUIRE(drops.size() == 1);
  CHECK(has(drops[0], "\"reason\":\"ips_drop\""));

  Connection connection;
  REQUIRE(connection.open(gateway));
  gateway.harness().drop_events();
  for (int i = 0; i < 3; ++i)
    CHECK_FALSE(gateway.lan_passes(connection.to_server(kAck | kPsh, "attack")));
  std::size_t plain = 0;
  std::string text;
  for (const auto& event : gateway.harness().take_events()) {
    plain += event.type == events::EventType::drop ? 1 : 0;
    if (event.type != events::EventType::text && event.type != events::EventType::continuation)
      continue;
    text.append(event.text.text.data(),
                std::min<std::size_t>(event.text.bytes, events::TextFields::kBytes));
  }
  CHECK(plain == 0);
  const auto at = text.find("\"drop\":{");
  REQUIRE(at != std::string::npos);
  CHECK(text.find("\"drop\":{", at + 1) == std::string::npos);
  const auto drop = text.substr(at);
  CHECK(has(drop, "\"tcpseq\":1001"));
  CHECK(has(drop, "\"alert\":{\"action\":\"blocked\",\"gid\":1,\"signature_id\":8,\"rev\":"));
  CHECK(has(drop, "\"signature\":\"in a stream\""));
  CHECK(has(drop, "\"severity\":2}"));
}
