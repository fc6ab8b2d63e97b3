// Packets around alerts: which of them a worker hands to the writer of captures.
#include "inspected.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

using Kind = CaptureRecord::Kind;

constexpr std::string_view kRules =
    "alert udp any any -> any any (msg:\"grave\"; content:\"attack\"; priority:1; sid:1;)\n"
    "alert udp any any -> any any (msg:\"slight\"; content:\"lure\"; priority:1; sid:2;)\n"
    "alert tcp any any -> any any (msg:\"grave too\"; content:\"attack\"; priority:1; sid:3;)\n";

HarnessOptions capturing() {
  auto options = inspecting();
  options.captures_alerts = true;
  return options;
}

Bytes datagram(std::string_view payload, std::uint16_t port = 5000) {
  return ethernet().ipv4(kClient, kServer).udp(port, 7777).payload(payload).build();
}
Bytes answer(std::string_view payload, std::uint16_t port = 5000) {
  return ethernet().ipv4(kServer, kClient).udp(7777, port).payload(payload).build();
}

struct Captured {
  std::vector<CaptureRecord> begun, ended;
  Frames packets;
};

/// What the worker told the writer since the last call.
Captured take(Gateway& gateway) {
  Captured result;
  auto& queue = *gateway.worker().capture_queue();
  CaptureRecord record;
  for (const std::uint8_t* bytes = nullptr; (bytes = queue.front(record)) != nullptr; queue.pop()) {
    if (record.kind == Kind::begin) result.begun.push_back(record);
    if (record.kind == Kind::end) result.ended.push_back(record);
    if (record.kind == Kind::packet) result.packets.emplace_back(bytes, bytes + record.captured);
  }
  return result;
}

/// Time passes, with the housekeeping that goes with it.
void wait(Gateway& gateway, std::uint64_t seconds) {
  gateway.harness().advance_seconds(seconds);
  for (std::size_t i = 0; i < AlertCapture::kMostRunning; ++i) gateway.harness().poll();
}

}  // namespace

TEST_CASE("an alert captures its flow's packets before and after, those dropped too") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, capturing());
  gateway.harness().publish_with_rules(
      policy_with("capture_seconds_after: 10, capture_packets_before: 2"), rules.get());
  for (const char* text : {"one", "two", "three"}) {
    CHECK(gateway.passes(kLanPort, datagram(text)));
    CHECK(gateway.passes(kLanPort, datagram(text, 6000)));
  }
  CHECK(gateway.passes(kWanPort, answer("four")));
  CHECK(take(gateway).begun.empty());
  CHECK_FALSE(gateway.passes(kLanPort, datagram("attack")));
  CHECK_FALSE(gateway.passes(kLanPort, datagram("attack again")));
  CHECK(gateway.passes(kWanPort, answer("late")));
  CHECK(gateway.passes(kLanPort, datagram("other", 6000)));
  const auto captured = take(gateway);
  REQUIRE(captured.begun.size() == 1);
  CHECK(captured.begun[0].signature == 1);
  CHECK(captured.begun[0].client == *parse_ip_address(kClient));
  CHECK(captured.begun[0].client_port == 5000);
  CHECK(captured.begun[0].server_port == 7777);
  CHECK(captured.packets == Frames{datagram("three"), answer("four"), datagram("attack"),
                                   datagram("attack again"), answer("late")});
  CHECK(captured.ended.empty());
  const auto& begun = captured.begun[0];
  const auto name = name_of_capture(begun.time_ns, begun.flow_id, begun.generator, begun.signature);
  // Both alerts name the one file.
  CHECK(told(gateway, "\"capture_file\":\"" + std::string(name.view()) + "\"").size() == 2);
  wait(gateway, 10);
  const auto later = take(gateway);
  REQUIRE(later.ended.size() == 1);
  CHECK(later.ended[0].end == CaptureEnd::time);
  CHECK(gateway.passes(kLanPort, datagram("too late")));
  CHECK(take(gateway).packets.empty());
  CHECK(gateway.count("alert_capture.begun") == 1);
  CHECK(gateway.count("alert_capture.pkts_lost") == 0);
}

TEST_CASE("packets of one burst with the alert are in its capture, in their order") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, capturing());
  gateway.harness().publish_with_rules(policy_with("capture_seconds_after: 10"), rules.get());
  const Frames burst{datagram("one"), datagram("else", 6000), datagram("attack"), datagram("two")};
  gateway.burst(kLanPort, burst);
  CHECK(take(gateway).packets == Frames{burst[0], burst[2], burst[3]});
  gateway.io().take_sent(kWanPort);
  gateway.io().take_discarded();
}

TEST_CASE("without the setting, and for other rules' alerts, nothing is captured") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, capturing());
  gateway.harness().publish_with_rules(
      policy_with(GENERATE(as<std::string>{}, "capture_packets_before: 9",
                           "capture_seconds_after: 10, capture_rules: [2]")),
      rules.get());
  CHECK(gateway.passes(kLanPort, datagram("one")));
  CHECK_FALSE(gateway.passes(kLanPort, datagram("attack")));
  const auto captured = take(gateway);
  CHECK(captured.begun.empty());
  CHECK(captured.packets.empty());
  const auto told_of = told(gateway, "\"signature_id\":1");  // the alert, and the drop
  REQUIRE(told_of.size() == 2);
  for (const auto& record : told_of) CHECK_FALSE(has(record, "capture_file"));
  CHECK(gateway.count("alert_capture.refused") == 0);
}

TEST_CASE("a connection's handshake is in the capture, over IPv4 and IPv6") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, capturing());
  gateway.harness().publish_with_rules(policy_with("capture_seconds_after: 10"), rules.get());
  const bool v6 = GENERATE(false, true);
  Connection connection;
  if (v6) connection.client = kClient6, connection.server = kServer6;
  REQUIRE(connection.open(gateway));
  const auto attack = connection.to_server(kAck | kPsh, "an attack").build();
  CHECK_FALSE(gateway.passes(kLanPort, attack));
  const auto captured = take(gateway);
  REQUIRE(captured.packets.size() == 4);
  CHECK(captured.packets[3] == attack);
  CHECK(captured.begun[0].protocol == 6);
}

TEST_CASE("a change of policy ends no capture, and one without captures begins none") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, capturing());
  gateway.harness().publish_with_rules(policy_with("action: monitor, capture_seconds_after: 10"),
                                       rules.get());
  CHECK(gateway.passes(kLanPort, datagram("attack")));
  gateway.harness().publish_with_rules(policy_with("action: monitor"), rules.get());
  CHECK(gateway.passes(kLanPort, datagram("attack")));
  CHECK(gateway.passes(kLanPort, datagram("attack", 6000)));
  auto captured = take(gateway);
  CHECK(captured.begun.size() == 1);
  CHECK(captured.packets == Frames{datagram("attack"), datagram("attack")});
  wait(gateway, 10);
  CHECK(take(gateway).ended.size() == 1);
}

TEST_CASE("the end of the flow ends its capture") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, capturing());
  gateway.harness().publish_with_rules(policy_with("capture_seconds_after: 600"), rules.get());
  CHECK_FALSE(gateway.passes(kLanPort, datagram("attack")));
  CHECK(take(gateway).begun.size() == 1);
  SECTION("by its timeout") {
    for (int i = 0; i < 200; ++i) wait(gateway, 1);
    const auto ended = take(gateway).ended;
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].end == CaptureEnd::flow);
  }
  SECTION("with the gateway") {
    gateway.worker().end_flows(0, gateway.worker().flow_capacity(),
                               events::FlowEndReason::shutdown);
    const auto ended = take(gateway).ended;
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].end == CaptureEnd::stopped);
  }
  const auto flows = gateway.num_flows();
  CHECK(flows == 0);
}

TEST_CASE("what a tunnel carries is captured as it came on the wire") {
  const IpsRuleText rules(kRules);
  Gateway gateway({}, capturing());
  gateway.harness().publish_with_rules(policy_with("action: monitor, capture_seconds_after: 10"),
                                       rules.get());
  const bool vxlan = GENERATE(false, true);
  const auto wrapped = [&](std::string_view payload) {
    auto inner = ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(5000, 7777).payload(payload).build();
    if (!vxlan)
      return ethernet()
          .ipv4(kClient, kServer)
          .gre()
          .ipv4("10.0.0.1", "10.0.0.2")
          .udp(5000, 7777)
          .payload(payload)
          .build();
    constexpr std::array<std::uint8_t, 8> kVxlan{8, 0, 0, 0, 0, 0, 1, 0};
    inner.insert(inner.begin(), kVxlan.begin(), kVxlan.end());
    return ethernet().ipv4(kClient, kServer).udp(50'000, 4789).payload(inner).build();
  };
  CHECK(gateway.passes(kLanPort, wrapped("before")));
  CHECK(gateway.passes(kLanPort, wrapped("attack")));
  CHECK(gateway.passes(kLanPort, wrapped("after")));
  const auto captured = take(gateway);
  CHECK(captured.begun.size() == 1);
  CHECK(captured.packets == Frames{wrapped("before"), wrapped("attack"), wrapped("after")});
}

TEST_CASE("a flood of alerts loses captures, counted, and no packet") {
  const IpsRuleText rules(kRules);
  auto options = capturing();
  options.flow_capacity = 8192;
  Gateway gateway({}, options);
  gateway.harness().publish_with_rules(policy_with("action: monitor, capture_seconds_after: 10"),
                                       rules.get());
  constexpr std::uint16_t kFlows = 2000;
  std::uint64_t passed = 0;
  for (std::uint16_t i = 0; i < kFlows; ++i)
    passed +=
        gateway.passes(kLanPort, datagram("attack", static_cast<std::uint16_t>(1000 + i))) ? 1 : 0;
  CHECK(passed == kFlows);
  CHECK(gateway.count("alert_capture.begun") == AlertCapture::kMostASecond);
  CHECK(gateway.count("alert_capture.refused") == kFlows - AlertCapture::kMostASecond);
  CHECK(take(gateway).packets.size() == AlertCapture::kMostASecond);
}
