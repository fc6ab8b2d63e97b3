#include "dataplane/parse/decode.h"
#include "gateway.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kResetWeb = R"(
version: 1
rules:
  - {name: no web, action: block, block_with: reset, services: [tcp/80]}
  - {name: no ssh, action: block, services: [tcp/22]}
  - {name: rest, action: allow}
)";
constexpr std::string_view kAllowWeb = R"(
version: 1
rules:
  - {name: rest, action: allow}
  - {name: no web, action: block, block_with: reset, services: [tcp/80]}
)";

PacketInfo decoded(const Bytes& frame) {
  PacketInfo info;
  decode_ethernet(frame, {.check_ipv4_checksum = true, .check_transport_checksum = true}, info);
  return info;
}

/// A RST with right checksums whose link and network headers answer to `frame`.
void check_reset(const Bytes& reset, const Bytes& frame, bool to_its_sender) {
  const auto info = decoded(reset), original = decoded(frame);
  REQUIRE(info.kind == PacketKind::flow);
  CHECK((info.tcp_flags & kTcpRst) != 0);
  CHECK(info.payload_bytes == 0);
  CHECK(info.key.a == original.key.a);
  CHECK(info.key.port_a == original.key.port_a);
  CHECK(info.key.port_b == original.key.port_b);
  CHECK(info.key.vlan == original.key.vlan);
  CHECK(info.from_a == (to_its_sender ? !original.from_a : original.from_a));
  const Bytes destination(reset.begin(), reset.begin() + 6);
  const auto at = frame.begin() + (to_its_sender ? 6 : 0);
  CHECK(destination == Bytes(at, at + 6));
}

}  // namespace

TEST_CASE("a blocked connection's first SYN is answered with a RST that acknowledges it") {
  Gateway gateway(kResetWeb);
  const auto syn = ethernet().ipv4(kClient, kServer).tcp(40'000, 80, kSyn, 1000, 0).build();
  const auto fate = gateway.from(kLanPort, syn);
  CHECK(fate.to_wan.empty());
  REQUIRE(fate.to_lan.size() == 1);
  check_reset(fate.to_lan[0], syn, true);
  const auto reset = decoded(fate.to_lan[0]);
  CHECK(reset.tcp_flags == (kTcpRst | kTcpAck));
  CHECK(reset.tcp_ack == 1001);
  CHECK(reset.tcp_seq == 0);
  CHECK(gateway.count("drop.policy_reset") == 1);
  CHECK(gateway.count("policy.resets_sent") == 1);
}

TEST_CASE("a connection blocked in its middle gets a RST at the next number on both sides") {
  const auto version = GENERATE(4, 6);
  Gateway gateway(kAllowWeb);
  Connection connection;
  if (version == 6) connection = {std::string(kClient6), std::string(kServer6)};
  REQUIRE(connection.open(gateway));
  REQUIRE(gateway.lan_passes(connection.to_server(kAck | kPsh, "GET /")));
  gateway.harness().publish(kResetWeb);

  const auto client_next = connection.client_next, server_next = connection.server_next;
  const auto data = connection.to_client(kAck | kPsh, "an answer").build();
  const auto fate = gateway.from(kWanPort, data);
  REQUIRE(fate.to_lan.size() == 1);
  REQUIRE(fate.to_wan.size() == 1);
  check_reset(fate.to_wan[0], data, true);
  check_reset(fate.to_lan[0], data, false);
  CHECK(decoded(fate.to_wan[0]).tcp_seq == client_next);
  CHECK(decoded(fate.to_lan[0]).tcp_seq == server_next);
  CHECK(decoded(fate.to_lan[0]).tcp_ack == client_next);
  CHECK(gateway.count("policy.resets_sent") == 2);
}

TEST_CASE("a reset keeps the tags of the frame it answers") {
  const auto syn = [](PacketBuilder link) {
    return link.ipv4(kClient, kServer).tcp(40'000, 80, kSyn, 1000, 0).build();
  };
  for (const auto& frame : {syn(ethernet().vlan(7)), syn(ethernet().vlan(7, 0x88a8).vlan(8)),
                            syn(ethernet().pppoe(9))}) {
    Gateway gateway(kResetWeb);
    const auto fate = gateway.from(kLanPort, frame);
    REQUIRE(fate.to_lan.size() == 1);
    check_reset(fate.to_lan[0], frame, true);
    const auto from = frame.begin() + 12;  // types and tags, but for PPPoE's length
    CHECK(Bytes(from, from + 4) == Bytes(fate.to_lan[0].begin() + 12, fate.to_lan[0].begin() + 16));
  }
}

TEST_CASE("nothing answers a RST, a datagram to a group or a fragment of a blocked flow") {
  Gateway gateway("version: 1\nrules: [{name: n, action: block, block_with: reset}]\n");
  for (const auto& frame :
       {ethernet().ipv4(kClient, kServer).tcp(1, 2, kRst, 5, 0).build(),
        ethernet().ipv4(kClient, "224.0.0.9").udp(1, 2).payload("x").build(),
        ethernet().ipv4(kClient, kServer).udp(3, 4).payload_bytes(64).build_fragments(1, 32)[0]}) {
    const auto fate = gateway.from(kLanPort, frame);
    CHECK(fate.to_lan.empty());
    CHECK(fate.to_wan.empty());
  }
  CHECK(gateway.count("policy.resets_sent") == 0);
}

TEST_CASE("a flood of blocked SYNs cannot use up the packet buffers") {
  Gateway gateway(kResetWeb);
  for (std::uint16_t port = 1; port < 30'000; port += 32) {
    Frames frames;
    for (std::uint16_t i = 0; i < 32; ++i)
      frames.push_back(ethernet()
                           .ipv4(kClient, kServer)
                           .tcp(static_cast<std::uint16_t>(port + i), 80, kSyn, 1, 0)
                           .build());
    gateway.burst(kLanPort, frames);
    gateway.io().take_sent(kLanPort);
    gateway.io().take_discarded();
  }
  CHECK(gateway.count("policy.resets_sent") + gateway.count("policy.replies_limited") ==
        gateway.count("drop.policy_reset"));
  CHECK(gateway.count("drop.no_buffer") == 0);
}

TEST_CASE("dropped without a word: the other way of blocking") {
  Gateway gateway(kResetWeb);
  const auto fate =
      gateway.from(kLanPort, ethernet().ipv4(kClient, kServer).tcp(40'000, 22, kSyn, 1, 0).build());
  CHECK(fate.to_lan.empty());
  CHECK(fate.to_wan.empty());
  CHECK(gateway.count("drop.policy_block") == 1);
  CHECK(gateway.count("policy.resets_sent") == 0);
}

TEST_CASE("a new policy judges running flows again by their next packet, in both directions") {
  Gateway gateway(kAllowAll);
  const auto query = ethernet().ipv4(kClient, kServer).udp(5000, 7).build();
  const auto answer = ethernet().ipv4(kServer, kClient).udp(7, 5000).build();
  CHECK(gateway.passes(kLanPort, query));
  CHECK(gateway.passes(kWanPort, answer));
  gateway.harness().publish(kBlockAll);
  CHECK_FALSE(gateway.passes(kWanPort, answer));
  CHECK_FALSE(gateway.passes(kLanPort, query));
  gateway.harness().publish(kAllowAll);
  CHECK(gateway.passes(kLanPort, query));
  CHECK(gateway.passes(kWanPort, answer));
  CHECK(gateway.count("flow.total") == 1);
  CHECK(gateway.count("policy.rejudgements") == 2);
}

TEST_CASE("rules keep their hits by name over a change of policy") {
  Gateway gateway(kResetWeb);
  const auto web = ethernet().ipv4(kClient, kServer).tcp(40'000, 80, kSyn, 1, 0).build();
  const auto query = ethernet().ipv4(kClient, kServer).udp(5000, 7).payload("?").build();
  for (int i = 0; i < 3; ++i) gateway.passes(kLanPort, web);
  for (int i = 0; i < 5; ++i) CHECK(gateway.passes(kLanPort, query));
  auto hits = gateway.harness().policy()->hits();  // no web, no ssh, rest
  CHECK(hits[1].packets == 3);
  CHECK(hits[1].bytes == 3 * web.size());
  CHECK(hits[1].flows == 1);
  CHECK(hits[2].packets == 0);
  CHECK(hits[3].packets == 5);

  gateway.harness().publish(kAllowWeb);
  CHECK(gateway.passes(kLanPort, query));
  hits = gateway.harness().policy()->hits();  // rest, no web
  REQUIRE(hits.size() == 4);                  // with the end and the block list
  CHECK(hits[1].packets == 6);
  CHECK(hits[1].bytes == 6 * query.size());
  CHECK(hits[2].packets == 3);
}

TEST_CASE("contradictory rules decide by their order alone") {
  const auto syn = ethernet().ipv4(kClient, kServer).tcp(40'000, 80, kSyn, 1, 0).build();
  Gateway blocked_first(kResetWeb);
  CHECK_FALSE(blocked_first.passes(kLanPort, syn));
  Gateway allowed_first(kAllowWeb);
  CHECK(allowed_first.passes(kLanPort, syn));
}

TEST_CASE("a schedule that changes judges the flows that run again") {
  Gateway gateway(R"(
version: 1
objects: {schedules: [{name: night, entries: [{from: "22:00", to: "06:00"}]}]}
rules: [{name: at night, action: block, schedule: night}]
)");
  const auto frame = ethernet().ipv4(kClient, kServer).udp(5000, 7).build();
  auto& active = gateway.harness().shared().active_schedules;
  active = 0;
  CHECK(gateway.passes(kLanPort, frame));
  active = 1;
  CHECK_FALSE(gateway.passes(kLanPort, frame));
  active = 0;
  CHECK(gateway.passes(kLanPort, frame));
}

TEST_CASE("a rule with a log tells once a flow what it decided, and again when that changes") {
  Gateway gateway(kAllowWeb);
  const auto frame = ethernet().ipv4(kClient, kServer).tcp(40'000, 22, kSyn, 1, 0).build();
  for (int i = 0; i < 3; ++i) CHECK(gateway.passes(kLanPort, frame));
  auto told = gateway.take_events(events::EventType::policy);
  REQUIRE(told.size() == 1);
  CHECK(told[0].rule == 1);
  CHECK(told[0].policy_serial == 1);
  CHECK(told[0].policy.rejudged == 0);
  CHECK(told[0].tuple.source == *parse_ip_address(kClient));
  CHECK(told[0].tuple.destination_port == 22);

  gateway.harness().publish(kResetWeb);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(gateway.passes(kLanPort, frame));
  const auto all = gateway.harness().take_events();
  const auto number = [&](events::EventType type) {
    return std::count_if(all.begin(), all.end(), [&](const auto& e) { return e.type == type; });
  };
  CHECK(number(events::EventType::policy) == 1);
  CHECK(number(events::EventType::drop) == 1);
}

TEST_CASE("after a change of policy flows without packets too are judged again") {
  Gateway gateway(kAllowWeb);
  CHECK(gateway.lan_passes(ethernet().ipv4(kClient, kServer).udp(5, 53)));
  (void)gateway.take_events(events::EventType::policy);
  gateway.harness().publish(kBlockAll);
  const auto serial = gateway.harness().policy()->serial();
  for (int i = 0; i < 3; ++i) gateway.harness().poll();
  gateway.worker().end_flows(0, gateway.worker().flow_capacity(), events::FlowEndReason::shutdown);
  const auto ended = gateway.take_events(events::EventType::flow);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].flow.state == events::FlowState::blocked);
  CHECK(ended[0].rule == 1);
  CHECK(ended[0].policy_serial == serial);
}

TEST_CASE("an event names the policy that its rule is of") {
  Gateway gateway(kAllowWeb);
  const auto serial = gateway.harness().policy()->serial();
  CHECK(gateway.lan_passes(ethernet().ipv4(kClient, kServer).udp(5, 53)));
  gateway.harness().publish(kBlockAll);
  // Taken away in the very iteration that takes up the policy, before anything is judged by it.
  gateway.harness().poll();
  gateway.worker().end_flows(0, gateway.worker().flow_capacity(), events::FlowEndReason::shutdown);
  const auto ended = gateway.take_events(events::EventType::flow);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].policy_serial == serial);
  CHECK(ended[0].flow.state == events::FlowState::fresh);
}

TEST_CASE("a refused opener does not shut the connections of the end it was meant for") {
  constexpr std::string_view kOutwards = R"(
version: 1
rules:
  - {name: outwards, from: lan, action: allow}
  - {name: inwards, action: block}
)";
  Gateway gateway(kOutwards);
  SECTION("UDP on the same ports") {
    CHECK_FALSE(gateway.wan_passes(ethernet().ipv4(kServer, kClient).udp(4500, 4500)));
    CHECK(gateway.lan_passes(ethernet().ipv4(kClient, kServer).udp(4500, 4500)));
    CHECK(gateway.wan_passes(ethernet().ipv4(kServer, kClient).udp(4500, 4500)));
  }
  SECTION("TCP after a SYN of the other end") {
    CHECK_FALSE(gateway.wan_passes(ethernet().ipv4(kServer, kClient).tcp(80, 5000, kSyn, 7, 0)));
    CHECK(gateway.lan_passes(ethernet().ipv4(kClient, kServer).tcp(5000, 80, kSyn, 1000, 0)));
    CHECK(gateway.wan_passes(
        ethernet().ipv4(kServer, kClient).tcp(80, 5000, kSyn | kAck, 9000, 1001)));
  }
  SECTION("TCP in the middle of a connection that another gateway's run knew") {
    CHECK_FALSE(gateway.wan_passes(
        ethernet().ipv4(kServer, kClient).tcp(80, 5000, kAck, 9000, 1001).payload_bytes(100)));
    CHECK(gateway.lan_passes(ethernet().ipv4(kClient, kServer).tcp(5000, 80, kAck, 1001, 9000)));
    CHECK(gateway.wan_passes(
        ethernet().ipv4(kServer, kClient).tcp(80, 5000, kAck, 9000, 1001).payload_bytes(100)));
  }
  SECTION("but a refused end gains nothing by it") {
    CHECK_FALSE(gateway.wan_passes(ethernet().ipv4(kServer, kClient).udp(53, 4000)));
    CHECK_FALSE(gateway.wan_passes(ethernet().ipv4(kServer, kClient).udp(53, 4000)));
    CHECK(gateway.count("flow.total") == 1);
  }
}

TEST_CASE("a flow that a policy cut is not opened again by its other end's packets in flight") {
  Gateway gateway(kAllowAll);
  Connection connection;
  CHECK(gateway.lan_passes(connection.to_server(kSyn)));
  CHECK(gateway.wan_passes(connection.to_client(kSyn | kAck)));
  CHECK(gateway.lan_passes(connection.to_server(kAck)));
  gateway.harness().publish(R"(
version: 1
rules:
  - {name: outwards, from: lan, action: block}
  - {name: inwards, action: allow}
)");
  CHECK_FALSE(gateway.wan_passes(connection.to_client(kAck | kPsh, "still here")));
  CHECK_FALSE(gateway.lan_passes(connection.to_server(kAck | kPsh, "me too")));
}

TEST_CASE("a blocked flow is told as blocked, whatever its ends go on saying") {
  Gateway gateway(kBlockAll);
  Connection connection;
  CHECK_FALSE(gateway.lan_passes(connection.to_server(kSyn)));
  CHECK_FALSE(gateway.wan_passes(connection.to_client(kSyn | kAck)));
  CHECK_FALSE(gateway.lan_passes(connection.to_server(kAck)));
  CHECK_FALSE(gateway.lan_passes(ethernet().ipv4(kClient, kServer).udp(5, 6)));
  CHECK_FALSE(gateway.wan_passes(ethernet().ipv4(kServer, kClient).udp(6, 5)));
  gateway.harness().publish(kAllowAll);  // nothing of them passed, and nothing will be told to have
  for (int i = 0; i < 3; ++i) gateway.harness().poll();
  gateway.worker().end_flows(0, gateway.worker().flow_capacity(), events::FlowEndReason::shutdown);
  const auto ended = gateway.take_events(events::EventType::flow);
  REQUIRE(ended.size() == 2);
  for (const auto& event : ended) CHECK(event.flow.state == events::FlowState::blocked);
}
