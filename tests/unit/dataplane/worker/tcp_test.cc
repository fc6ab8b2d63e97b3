// TCP as the worker follows it: what opens a flow, what keeps it, and what gives way under
// pressure.
#include "gateway.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kRefuseMidstream =
    "version: 1\nrules: [{name: all, action: allow}]\npacket_checks: {midstream: refuse}\n";
constexpr std::string_view kPassOutOfWindow =
    "version: 1\nrules: [{name: all, action: allow}]\npacket_checks: {out_of_window: pass}\n";

HarnessOptions small_table(std::uint32_t flows) {
  HarnessOptions options;
  options.flow_capacity = flows;
  return options;
}

std::string host(unsigned n) {
  return "10." + std::to_string(n >> 16) + "." + std::to_string(n >> 8 & 255) + "." +
         std::to_string(n & 255);
}

/// `count` frames from as many hosts, in bursts.
template <class MakeFrame>
void flood(Gateway& gateway, unsigned count, MakeFrame make_frame) {
  for (unsigned first = 0; first < count; first += 32) {
    Frames frames;
    for (unsigned i = first; i < std::min(count, first + 32); ++i)
      frames.push_back(make_frame(i).build());
    gateway.burst(kLanPort, frames);
  }
  gateway.io().take_sent(kWanPort);
  gateway.io().take_discarded();
}

std::vector<Connection> open_connections(Gateway& gateway, unsigned count) {
  std::vector<Connection> connections(count);
  for (unsigned i = 0; i < count; ++i) {
    connections[i].client_port = static_cast<std::uint16_t>(20'000 + i);
    REQUIRE(connections[i].open(gateway));
  }
  return connections;
}

}  // namespace

TEST_CASE("a connection seen from its middle is picked up, or refused, as the policy says") {
  const auto data = ethernet().ipv4(kClient, kServer).tcp(40'000, 80, kAck | kPsh, 500, 900);
  const auto reset = ethernet().ipv4(kClient, kServer).tcp(40'001, 80, kRst, 500, 0);
  const auto syn_ack = ethernet().ipv4(kServer, kClient).tcp(80, 40'002, kSyn | kAck, 500, 900);
  {
    Gateway gateway(kAllowAll);
    CHECK(gateway.lan_passes(data));
    CHECK_FALSE(gateway.lan_passes(reset));
    CHECK_FALSE(gateway.wan_passes(syn_ack));
    CHECK(gateway.count("drop.tcp_no_flow") == 2);
    CHECK(gateway.num_flows() == 1);
  }
  {
    Gateway gateway(kRefuseMidstream);
    CHECK_FALSE(gateway.lan_passes(data));
    CHECK(gateway.count("drop.tcp_no_flow") == 1);
    CHECK(gateway.num_flows() == 0);
    Connection connection;
    CHECK(connection.open(gateway));
  }
}

TEST_CASE("under pressure half-open connections give way to new ones, answered ones stay") {
  Gateway gateway(kAllowAll, small_table(256));
  auto honest = open_connections(gateway, 64);
  flood(gateway, 4000,
        [](unsigned i) { return ethernet().ipv4(host(i), kServer).tcp(999, 80, kSyn, i, 0); });
  CHECK(gateway.count("flow.evicted") == 4000 - (256 - 64));
  for (auto& connection : honest) {
    CHECK(gateway.wan_passes(connection.to_client(kAck | kPsh, "still here")));
    CHECK(gateway.lan_passes(connection.to_server(kAck)));
  }
  const auto evicted = gateway.take_events(events::EventType::flow);
  REQUIRE_FALSE(evicted.empty());
  for (const auto& event : evicted) CHECK(event.flow.reason == events::FlowEndReason::evicted);
}

TEST_CASE("a flood of stray segments opens nothing that displaces honest flows") {
  const auto flags = GENERATE(std::uint8_t{kRst}, std::uint8_t{kRst | kAck},
                              std::uint8_t{kSyn | kAck}, std::uint8_t{kFin}, std::uint8_t{kAck});
  const auto policy = GENERATE(kAllowAll, kRefuseMidstream);
  CAPTURE(flags, policy);
  Gateway gateway(policy, small_table(128));
  auto honest = open_connections(gateway, 100);
  flood(gateway, 3000, [&](unsigned i) {
    return ethernet().ipv4(host(i), kServer).tcp(999, 80, flags, i, 7 * i);
  });
  for (auto& connection : honest)
    CHECK(gateway.wan_passes(connection.to_client(kAck | kPsh, "still here")));
  const bool may_open = flags == kAck && policy == kAllowAll;
  if (!may_open) CHECK(gateway.count("flow.evicted") == 0);
}

TEST_CASE("a segment outside the window neither kills, moves nor prolongs its flow") {
  const auto policy = GENERATE(kAllowAll, kPassOutOfWindow);
  Gateway gateway(policy);
  Connection connection;
  REQUIRE(connection.open(gateway));
  const auto forged = [&](std::uint8_t flags) {
    return ethernet()
        .ipv4(kServer, kClient)
        .tcp(80, 40'000, flags, connection.server_next + 0x40000000, connection.client_next)
        .build();
  };
  const bool dropped = policy == kAllowAll;
  CHECK(gateway.passes(kWanPort, forged(kAck | kPsh)) == !dropped);
  CHECK_FALSE(gateway.passes(kWanPort, forged(kRst)));
  CHECK(gateway.passes(kWanPort, forged(kAck | kFin)) == !dropped);
  CHECK_FALSE(gateway.passes(kWanPort, forged(kSyn)));
  CHECK(gateway.count("drop.tcp_spoofed_reset") == 1);
  CHECK(gateway.count("drop.tcp_syn_on_open_flow") == 1);
  CHECK(gateway.count("drop.tcp_out_of_window") == (dropped ? 2 : 0));
  if (!dropped) CHECK(gateway.count("anomaly.tcp_out_of_window") == 2);
  CHECK(gateway.lan_passes(connection.to_server(kAck | kPsh, "alive")));

  // 3,600 s without a true word: over, whatever was forged meanwhile.
  for (int i = 0; i < 80; ++i) {
    gateway.harness().advance_seconds(50);
    gateway.passes(kWanPort, forged(kAck | kPsh));
  }
  CHECK(gateway.take_events(events::EventType::flow).size() == 1);
}

TEST_CASE("a true RST ends its flow within the closed timeout, and the ports may be used again") {
  Gateway gateway;
  Connection connection;
  REQUIRE(connection.open(gateway));
  CHECK(gateway.wan_passes(connection.to_client(kRst | kAck)));
  Connection again{.client_next = 99'000, .server_next = 77'000};
  CHECK(again.open(gateway));
  auto ended = gateway.take_events(events::EventType::flow);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].flow.reason == events::FlowEndReason::closed);
  CHECK(gateway.count("flow.total") == 2);

  CHECK(gateway.lan_passes(again.to_server(kRst | kAck)));
  for (int i = 0; i < 25; ++i) {
    gateway.harness().advance_seconds(1);
    gateway.harness().poll();
  }
  CHECK(gateway.num_flows() == 0);
}

TEST_CASE("a connection that both ends finish is told as closed with what it carried") {
  Gateway gateway;
  Connection connection;
  REQUIRE(connection.open(gateway));
  std::uint64_t to_server = 2, to_client = 1;  // of open()
  const auto lan = [&](const PacketBuilder& frame) {
    CHECK(gateway.lan_passes(frame));
    ++to_server;
  };
  const auto wan = [&](const PacketBuilder& frame) {
    CHECK(gateway.wan_passes(frame));
    ++to_client;
  };
  lan(connection.to_server(kAck | kPsh, "GET /"));
  wan(connection.to_client(kAck | kPsh, "page"));
  lan(connection.to_server(kAck | kFin));
  wan(connection.to_client(kAck | kFin));
  lan(connection.to_server(kAck));
  for (int i = 0; i < 130; ++i) {
    gateway.harness().advance_seconds(1);
    gateway.harness().poll();
  }
  const auto ended = gateway.take_events(events::EventType::flow);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].flow.reason == events::FlowEndReason::closed);
  CHECK(ended[0].flow.packets_to_server == to_server);
  CHECK(ended[0].flow.packets_to_client == to_client);
  CHECK(ended[0].flow.tcp_flags_to_server == (kSyn | kAck | kPsh | kFin));
  CHECK(ended[0].tuple.destination_port == 80);
}

TEST_CASE("what was picked up midstream and never answered gives way before answered flows") {
  Gateway gateway(kAllowAll, small_table(128));
  auto honest = open_connections(gateway, 64);
  for (unsigned i = 0; i < 2000; ++i)
    gateway.lan_passes(
        ethernet().ipv4(host(i), kServer).tcp(999, 80, kAck, i * 1000, i * 7000).payload("x"));
  CHECK(gateway.count("flow.evicted") == 2000 - 64);
  for (auto& connection : honest)
    CHECK(gateway.wan_passes(connection.to_client(kAck | kPsh, "still here")));
}

TEST_CASE("a packet whose new flow gives way to another of its burst does not borrow its verdict") {
  constexpr std::string_view kNoSsh = R"(
version: 1
rules:
  - {name: no ssh, action: block, services: [tcp/22]}
  - {name: rest, action: allow}
)";
  Gateway gateway(kNoSsh, small_table(64));
  auto honest = open_connections(gateway, 64);
  (void)gateway.io().take_sent(kWanPort);
  const auto ssh = ethernet().ipv4("192.0.2.9", kServer).tcp(999, 22, kSyn, 1, 0).build();
  const auto web = ethernet().ipv4("192.0.2.9", kServer).tcp(999, 443, kSyn, 1, 0).build();
  SECTION("a new flow") {
    gateway.burst(kLanPort, {ssh, web});
    CHECK(gateway.io().take_sent(kWanPort) == Frames{web});
    CHECK(gateway.count("drop.flow_table_full") == 1);
  }
  SECTION("a flow that was blocked before") {
    CHECK_FALSE(gateway.passes(kLanPort, ssh));
    gateway.burst(kLanPort, {ssh, web});
    CHECK(gateway.io().take_sent(kWanPort) == Frames{web});
  }
  SECTION("a flow that was allowed before passes as it did") {
    CHECK(gateway.passes(kLanPort, web));
    const auto other = ethernet().ipv4("192.0.2.9", kServer).tcp(999, 444, kSyn, 1, 0).build();
    gateway.burst(kLanPort, {web, other});
    CHECK(gateway.io().take_sent(kWanPort) == Frames{web, other});
  }
}

TEST_CASE(
    "a connection of which one direction takes another way passes when the policy accepts it") {
  const bool accepted = GENERATE(false, true);
  CAPTURE(accepted);
  const auto policy =
      "version: 1\npacket_checks: {asymmetric: " + std::string(accepted ? "accept" : "refuse") +
      "}\nrules: [{name: web, action: allow, from: lan, services: [tcp/80]}, "
      "{name: rest, action: block}]\n";
  Gateway gateway(policy);
  SECTION("the client's passes") {
    const auto of_client = [](std::uint8_t flags, std::uint32_t seq, std::uint32_t ack) {
      return ethernet().ipv4(kClient, kServer).tcp(40'000, 80, flags, seq, ack);
    };
    CHECK(gateway.lan_passes(of_client(kSyn, 100, 0)));
    CHECK(gateway.lan_passes(of_client(kAck, 101, 501)) == accepted);
    CHECK(gateway.lan_passes(of_client(kAck | kPsh, 101, 501).payload("GET")) == accepted);
  }
  SECTION("the server's passes, by the rule for the client") {
    const auto of_server = [](std::uint8_t flags, std::uint32_t seq, std::uint32_t ack) {
      return ethernet().ipv4(kServer, kClient).tcp(80, 40'000, flags, seq, ack);
    };
    CHECK(gateway.wan_passes(of_server(kSyn | kAck, 500, 101)) == accepted);
    if (accepted) CHECK(gateway.wan_passes(of_server(kAck | kPsh, 501, 200).payload("200 OK")));
    const auto other = ethernet().ipv4(kServer, kClient).tcp(81, 40'000, kSyn | kAck, 500, 101);
    CHECK_FALSE(gateway.wan_passes(other));
  }
}
