// What a worker does about attacks, beyond dropping them.
#include "inspected.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kRules =
    "alert udp any any -> any any (msg:\"of the sender\"; content:\"attack\"; priority:1; sid:1;)\n"
    "alert udp any any -> any any (msg:\"of the receiver\"; content:\"lure\"; target:src_ip; "
    "priority:1; sid:2;)\n"
    "alert udp any any -> any 7 (msg:\"of one service\"; content:\"poison\"; priority:1; "
    "sid:3;)\n";

/// A datagram from the LAN to the WAN.
PacketBuilder datagram(std::string_view payload, std::uint16_t port = 5000) {
  return ethernet().ipv4(kClient, kServer).udp(port, 7777).payload(payload);
}
PacketBuilder answer(std::string_view payload, std::uint16_t port = 5000) {
  return ethernet().ipv4(kServer, kClient).udp(7777, port).payload(payload);
}

}  // namespace

TEST_CASE("who attacks is cut off for the profile's seconds, with one record at each end") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(policy_with("quarantine_seconds: 60"), rules.get());
  REQUIRE(gateway.lan_passes(datagram("hello")));
  REQUIRE(gateway.wan_passes(answer("hello")));
  CHECK_FALSE(gateway.lan_passes(datagram("attack", 5001)));
  auto records = told(gateway, "\"quarantine\"");
  REQUIRE(records.size() == 1);
  CHECK(has(records[0], "\"begun\""));
  CHECK(has(records[0], "\"seconds\":60"));

  // Whatever he sends, in flows old and new; what others send him passes.
  CHECK_FALSE(gateway.lan_passes(datagram("hello")));
  CHECK_FALSE(gateway.lan_passes(ethernet().ipv4(kClient, kServer).tcp(1, 2, kSyn)));
  CHECK(gateway.wan_passes(answer("hello")));
  CHECK(gateway.count("drop.quarantine") == 2);
  CHECK(gateway.count("quarantine.begun") == 1);
  CHECK(told(gateway, "\"quarantine\"").empty());

  gateway.harness().advance_seconds(59);
  CHECK_FALSE(gateway.lan_passes(datagram("hello")));
  gateway.harness().advance_seconds(1);
  CHECK(gateway.lan_passes(datagram("hello")));
  for (std::size_t i = 0; i < Quarantine::kCapacity / 64 + 1; ++i) gateway.harness().poll();
  records = told(gateway, "\"quarantine\"");
  REQUIRE(records.size() == 1);
  CHECK(has(records[0], "\"ended\",\"reason\":\"expired\""));
  CHECK(has(records[0], "\"packets\":3"));
}

TEST_CASE("a quarantine outlives the policy that began it, and can be lifted") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(policy_with("quarantine_seconds: 60"), rules.get());
  CHECK_FALSE(gateway.lan_passes(datagram("attack")));
  gateway.harness().publish(kAllowAll);
  CHECK_FALSE(gateway.lan_passes(datagram("hello", 5001)));
  auto& quarantine = gateway.harness().shared().quarantine;
  CHECK(quarantine.release(*parse_ip_address(kClient), gateway.harness().now_ns()));
  CHECK(gateway.lan_passes(datagram("hello", 5001)));
}

TEST_CASE("the attacker is the end that the rule does not call the target") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(policy_with("quarantine_rules: [2=60]"), rules.get());
  CHECK_FALSE(gateway.lan_passes(datagram("lure")));
  CHECK(gateway.lan_passes(datagram("hello", 5001)));
  CHECK_FALSE(gateway.wan_passes(answer("hello", 5001)));
  CHECK_FALSE(gateway.lan_passes(datagram("attack", 5002)));  // that rule has no quarantine
  CHECK(gateway.lan_passes(datagram("hello", 5003)));
}

TEST_CASE("our own address and a profile that only monitors cut nobody off") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, inspecting());
  SECTION("own") {
    gateway.harness().shared().quarantine.protect(*parse_ip_address(kClient));
    gateway.harness().publish_with_rules(policy_with("quarantine_seconds: 60"), rules.get());
    CHECK_FALSE(gateway.lan_passes(datagram("attack")));
    CHECK(gateway.count("quarantine.never") == 1);
  }
  SECTION("monitors") {
    gateway.harness().publish_with_rules(policy_with("action: monitor, quarantine_seconds: 60"),
                                         rules.get());
    CHECK(gateway.lan_passes(datagram("attack")));
  }
  CHECK(gateway.lan_passes(datagram("hello", 5001)));
}

TEST_CASE("an attacker inside a tunnel is cut off in every tunnel, the rest of it is not") {
  const IpsRuleText rules(kRules);
  const bool vxlan = GENERATE(false, true);
  CAPTURE(vxlan);
  Gateway gateway({}, inspecting());
  const auto inside = [&](std::string_view from, std::string_view payload,
                          std::string_view outside = kClient) {
    if (!vxlan)
      return ethernet()
          .ipv4(outside, kServer)
          .gre()
          .ipv4(from, "10.9.0.2")
          .udp(7, 7)
          .payload(payload);
    auto frame = ethernet().ipv4(from, "10.9.0.2").udp(7, 7).payload(payload).build();
    Bytes header{8, 0, 0, 0, 0, 0, 1, 0};
    header.insert(header.end(), frame.begin(), frame.end());
    return ethernet().ipv4(outside, kServer).udp(5000, 4789).payload(header);
  };
  gateway.harness().publish_with_rules(policy_with("quarantine_seconds: 60"), rules.get());
  REQUIRE(gateway.lan_passes(inside("10.8.0.1", "hello")));
  CHECK_FALSE(gateway.lan_passes(inside("10.8.0.1", "poison")));
  CHECK(gateway.count("quarantine.begun") == 1);
  CHECK_FALSE(gateway.lan_passes(inside("10.8.0.1", "hello", "192.0.2.9")));
  CHECK(gateway.count("drop.quarantine") == 1);
  CHECK(gateway.lan_passes(inside("10.8.0.2", "hello")));
  CHECK_FALSE(gateway.lan_passes(ethernet().ipv4("10.8.0.1", kServer).udp(7, 7)));
  CHECK_FALSE(gateway.lan_passes(inside("10.8.0.3", "hello", "10.8.0.1")));  // his own tunnel
  gateway.harness().publish(kAllowAll);  // nobody looks into tunnels for rules any more
  CHECK_FALSE(gateway.lan_passes(inside("10.8.0.1", "hello")));
}

TEST_CASE("a profile's exceptions let an attack by, and only theirs") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      policy_with("excluded_traffic: ['1 from " + std::string(kClient) + "']"), rules.get());
  CHECK(gateway.lan_passes(datagram("attack")));
  CHECK_FALSE(gateway.lan_passes(datagram("lure", 5001)));
  CHECK_FALSE(gateway.wan_passes(answer("attack")));
}

TEST_CASE("without memory to inspect a flow it passes or not, as its profile says") {
  const IpsRuleText rules(kRules);
  const bool open = GENERATE(true, false);
  CAPTURE(open);
  auto options = inspecting(engines::MemoryPool::kLargestBlock);
  Gateway gateway({}, options);
  gateway.harness().publish_with_rules(policy_with(open ? "on_failure: pass" : "on_failure: block"),
                                       rules.get());
  std::uint64_t passed = 0;
  constexpr std::uint16_t kFlows = 3000;
  for (std::uint16_t i = 0; i < kFlows; ++i)
    passed += gateway.lan_passes(datagram("hello", static_cast<std::uint16_t>(1000 + i))) ? 1 : 0;
  const auto refused = gateway.worker().inspector()->counters().refused;
  REQUIRE(refused > 0);
  if (open) {
    CHECK(passed == kFlows);
    CHECK(gateway.count("content.flows_uninspected") == refused);
    CHECK(gateway.lan_passes(datagram("attack", 1000 + kFlows - 1)));  // nobody looks
    CHECK(told(gateway, "no_inspection_memory").size() == 1);          // within a second
    gateway.harness().advance_seconds(2);
    for (int i = 0; i < 10; ++i) gateway.harness().poll();
    CHECK(told(gateway, "no_inspection_memory").size() == 1);
  } else {
    CHECK(passed == kFlows - refused);
    CHECK(gateway.count("drop.no_inspection_memory") == refused);
    CHECK(gateway.count("content.flows_uninspected") == 0);
  }
}
