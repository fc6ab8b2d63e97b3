// Calls: what SIP and RTSP announce names the flows of their media, and opens nothing.
#include <map>
#include <random>

#include "inspected.h"
#include "rules/applications/catalogue.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kCallsOnly = R"(
version: 1
rules:
  - {name: calls, action: allow, content: {applications: [sip, rtsp]}}
  - {name: nothing else, action: block}
)";

struct Family {
  std::string phone, proxy, friend_of_proxy, ip;
};
const Family kV4{"192.0.2.1", "198.51.100.2", "203.0.113.9", "IP4"};
const Family kV6{"2001:db8::1", "2001:db8:1::2", "2001:db8:2::9", "IP6"};

PacketBuilder datagram(const std::string& from, std::uint16_t source_port, const std::string& to,
                       std::uint16_t port, std::string_view payload) {
  auto frame =
      from.find(':') == std::string::npos ? ethernet().ipv4(from, to) : ethernet().ipv6(from, to);
  return frame.udp(source_port, port).payload(payload);
}

std::string session(const Family& family, const std::string& at, int port) {
  return "v=0\r\no=- 1 1 IN " + family.ip + " " + at + "\r\ns=-\r\nc=IN " + family.ip + " " + at +
         "\r\nt=0 0\r\nm=audio " + std::to_string(port) + " RTP/AVP 0\r\n";
}
std::string invite(const std::string& body) {
  return "INVITE sip:anna@example.com SIP/2.0\r\nContent-Type: application/sdp\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string rtp(std::uint16_t sequence) {
  std::string packet("\x80\0\0\0\0\0\0\xa0\x12\x34\x56\x78", 12);
  packet[3] = static_cast<char>(sequence);
  return packet + std::string(160, '\x7f');
}

/// A phone behind a gateway, and whom it calls.
struct Call {
  explicit Call(bool v6 = false, std::string_view policy = kCallsOnly,
                const HarnessOptions& options = {})
      : family(v6 ? kV6 : kV4), gateway(policy, options) {}

  bool phone_says(const std::string& text) {
    return gateway.lan_passes(datagram(family.phone, 5060, family.proxy, 5060, text));
  }
  bool proxy_says(const std::string& text) {
    return gateway.wan_passes(datagram(family.proxy, 5060, family.phone, 5060, text));
  }
  /// How many of six packets pass, from the phone and back.
  int media(std::uint16_t phone_port, const std::string& to, std::uint16_t port = 30'000) {
    int passed = 0;
    for (std::uint16_t i = 1; i <= 3; ++i) {
      passed += gateway.lan_passes(datagram(family.phone, phone_port, to, port, rtp(i))) ? 1 : 0;
      passed += gateway.wan_passes(datagram(to, port, family.phone, phone_port, rtp(i))) ? 1 : 0;
    }
    return passed;
  }
  struct Told {
    std::string application, carrier;
    std::uint64_t id, parent;
  };
  /// Flow records since the last call, by the initiator's port.
  std::map<std::uint16_t, Told> flows() {
    gateway.worker().end_flows(0, 4096, events::FlowEndReason::shutdown);
    std::map<std::uint16_t, Told> told;
    const auto name = [](engines::ApplicationId id) {
      const auto* const found = rules::application(id);
      return found == nullptr ? std::string() : std::string(found->name);
    };
    for (const auto& record : gateway.take_events(events::EventType::flow))
      told[record.tuple.source_port] = {name(record.flow.application), name(record.flow.carrier),
                                        record.flow_id, record.flow.parent_flow_id};
    return told;
  }

  const Family& family;
  Gateway gateway;
};

}  // namespace

TEST_CASE("a call's media is the call's for a rule and in records, wherever it goes") {
  const bool v6 = GENERATE(false, true);
  const bool inspects = GENERATE(false, true);
  CAPTURE(v6, inspects);
  Call call(v6, kCallsOnly, inspects ? inspecting() : HarnessOptions{});
  REQUIRE(call.phone_says(invite(session(call.family, call.family.phone, 49'170))));
  REQUIRE(call.proxy_says("SIP/2.0 200 OK\r\n\r\n" +
                          session(call.family, call.family.friend_of_proxy, 30'000)));
  CHECK(call.media(49'170, call.family.friend_of_proxy) == 6);
  CHECK(call.media(49'172, call.family.friend_of_proxy) < 6);  // nobody announced that
  auto flows = call.flows();
  CHECK(flows[5060].application == "sip");
  CHECK(flows[5060].parent == 0);
  CHECK(flows[49'170].application == "sip");
  CHECK(flows[49'170].carrier == "rtp");
  CHECK(flows[49'170].parent == flows[5060].id);
  CHECK(flows[49'172].application == "rtp");
  CHECK(flows[49'172].parent == 0);
}

TEST_CASE("a call is announced long after its flow began, and by the one who is called") {
  Call call;
  REQUIRE(call.phone_says("REGISTER sip:example.com SIP/2.0\r\nCSeq: 1 REGISTER\r\n\r\n"));
  REQUIRE(call.proxy_says("SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\n\r\n"));
  for (int i = 0; i < 20; ++i) REQUIRE(call.phone_says("\r\n\r\n"));  // keeps NATs open
  REQUIRE(call.proxy_says(invite(session(call.family, call.family.proxy, 30'000))));
  REQUIRE(call.phone_says("SIP/2.0 180 Ringing\r\n\r\n"));
  // The other one's socket is known, before the phone has said its own.
  CHECK(call.media(40'000, call.family.proxy, 30'000) == 6);
  REQUIRE(
      call.phone_says("SIP/2.0 200 OK\r\n\r\n" + session(call.family, call.family.phone, 41'000)));
  CHECK(call.media(41'000, call.family.friend_of_proxy, 31'000) == 6);
  const auto flows = call.flows();
  CHECK(flows.at(40'000).parent == flows.at(5060).id);
  CHECK(flows.at(41'000).parent == flows.at(5060).id);
}

TEST_CASE("nobody announces another's sockets") {
  Call call;
  REQUIRE(call.phone_says(invite(session(call.family, call.family.friend_of_proxy, 30'000))));
  REQUIRE(
      call.proxy_says("SIP/2.0 200 OK\r\n\r\n" + session(call.family, call.family.phone, 49'170)));
  CHECK(call.media(49'170, call.family.friend_of_proxy, 30'000) < 6);
  CHECK(call.flows().at(49'170).parent == 0);
}

TEST_CASE("what is no media is not the call's, wherever it goes") {
  Call call;
  REQUIRE(call.phone_says(invite(session(call.family, call.family.phone, 49'170))));
  const std::string noise = "\x9f\x81\x82\x83\x84\x85";
  int passed = 0;
  for (int i = 0; i < 20; ++i)
    passed += call.gateway.lan_passes(
                  datagram(call.family.phone, 49'170, call.family.proxy, 30'000, noise))
                  ? 1
                  : 0;
  CHECK(passed < 8);  // until it is known to be nothing
  CHECK(call.flows().at(49'170).application.empty());
}

TEST_CASE("a call that is blocked announces nothing") {
  Call call(false,
            "version: 1\nrules: [{name: no calls, action: block, content: {applications: [sip]}}, "
            "{name: rest, action: allow}]\n");
  CHECK_FALSE(call.phone_says(invite(session(call.family, call.family.phone, 49'170))));
  CHECK(call.media(49'170, call.family.friend_of_proxy) == 6);
  const auto flows = call.flows();
  CHECK(flows.at(49'170).application == "rtp");
  CHECK(flows.at(49'170).parent == 0);
}

TEST_CASE("a rule on media holds for that of calls") {
  Call call(false,
            "version: 1\nrules: [{name: no media, action: block, content: {applications: [rtp]}}, "
            "{name: rest, action: allow}]\n");
  REQUIRE(call.phone_says(invite(session(call.family, call.family.phone, 49'170))));
  CHECK(call.media(49'170, call.family.friend_of_proxy) == 0);  // known by its first packet
}

TEST_CASE("a change of the policy between announcement and media loses nothing") {
  Call call;
  REQUIRE(call.phone_says(invite(session(call.family, call.family.phone, 49'170))));
  call.gateway.harness().publish(kCallsOnly);
  CHECK(call.media(49'170, call.family.friend_of_proxy) == 6);
  CHECK(call.flows().at(49'170).application == "sip");
}

TEST_CASE("media in the burst of its announcement is the call's") {
  Call call;
  const auto& family = call.family;
  const auto offer = invite(session(family, family.phone, 49'170));
  const Frames frames{
      datagram(family.phone, 5060, family.proxy, 5060, offer).build(),
      datagram(family.phone, 49'170, family.friend_of_proxy, 30'000, rtp(1)).build(),
      datagram(family.phone, 49'170, family.friend_of_proxy, 30'000, rtp(2)).build()};
  call.gateway.burst(kLanPort, frames);
  CHECK(call.gateway.io().take_sent(kWanPort) == frames);
  CHECK(call.flows().at(49'170).application == "sip");
}

TEST_CASE("SIP over TCP and RTSP announce media, too") {
  Gateway gateway(kCallsOnly);
  Connection sip{.server_port = 5060};
  REQUIRE(sip.open(gateway));
  REQUIRE(gateway.lan_passes(sip.to_server(kAck | kPsh, invite(session(kV4, kV4.phone, 49'170)))));
  Connection rtsp{.client_port = 40'001, .server_port = 554};
  REQUIRE(rtsp.open(gateway));
  REQUIRE(gateway.lan_passes(
      rtsp.to_server(kAck | kPsh,
                     "SETUP rtsp://198.51.100.2/1 RTSP/1.0\r\nCSeq: 2\r\n"
                     "Transport: RTP/AVP;unicast;client_port=5000-5001\r\n\r\n")));
  REQUIRE(
      gateway.wan_passes(rtsp.to_client(kAck | kPsh,
                                        "RTSP/1.0 200 OK\r\nCSeq: 2\r\nTransport: RTP/AVP;unicast;"
                                        "client_port=5000-5001;server_port=6256-6257\r\n\r\n")));
  const auto passes = [&](const PacketBuilder& frame) { return gateway.wan_passes(frame); };
  const std::string server(kServer), client(kClient);
  for (std::uint16_t i = 1; i < 4; ++i) {
    CHECK(passes(datagram("203.0.113.9", 30'000, client, 49'170, rtp(i))));
    CHECK(passes(datagram(server, 6256, client, 5000, rtp(i))));
  }
  gateway.worker().end_flows(0, 4096, events::FlowEndReason::shutdown);
  std::map<std::uint16_t, std::uint16_t> applications;
  for (const auto& record : gateway.take_events(events::EventType::flow))
    applications[record.tuple.destination_port] = record.flow.application;
  CHECK(applications[49'170] == rules::application_id::kSip);
  CHECK(applications[5000] == rules::application_id::kRtsp);
}

TEST_CASE("the record of FTP's data names its control connection") {
  Gateway gateway;
  Connection control{.client_port = 40'021, .server_port = 21};
  REQUIRE(control.open(gateway));
  REQUIRE(gateway.wan_passes(
      control.to_client(kAck | kPsh, "227 Entering Passive Mode (198,51,100,2,195,81).\r\n")));
  Connection data{.client_port = 40'100, .server_port = 50'001};
  REQUIRE(data.open(gateway));
  gateway.worker().end_flows(0, 4096, events::FlowEndReason::shutdown);
  std::map<std::uint16_t, events::EventRecord> flows;
  for (const auto& record : gateway.take_events(events::EventType::flow))
    flows[record.tuple.destination_port] = record;
  CHECK(flows.at(50'001).flow.parent_flow_id == flows.at(21).flow_id);
  CHECK(flows.at(21).flow.parent_flow_id == 0);
}

namespace {

/// What is encrypted from its first byte on, to the address that a name has been told to have.
std::string random_text(std::mt19937& random, std::size_t size) {
  std::string text(size, '\0');
  for (auto& byte : text) byte = static_cast<char>(random());
  return text;
}

}  // namespace

TEST_CASE("a name that was asked for says more than that bytes look random") {
  const bool asks = GENERATE(false, true);
  CAPTURE(asks);
  Gateway gateway;
  const std::string question("\0\7\1\0\0\1\0\0\0\0\0\0\3www\7youtube\3com\0\0\1\0\1", 33);
  auto answer = question + std::string("\xc0\x0c\0\1\0\1\0\0\1\0\0\4\xc6\x33\x64\2", 16);
  answer[2] = '\x81';
  answer[7] = '\1';
  if (asks) {
    const std::string client(kClient), resolver("198.51.100.53");
    REQUIRE(gateway.lan_passes(datagram(client, 40'053, resolver, 53, question)));
    REQUIRE(gateway.wan_passes(datagram(resolver, 53, client, 40'053, answer)));
  }
  std::mt19937 random(3);
  Connection tunnel{.server_port = 8388};
  REQUIRE(tunnel.open(gateway));
  for (int i = 0; i < 2; ++i) {
    REQUIRE(gateway.lan_passes(tunnel.to_server(kAck | kPsh, random_text(random, 700))));
    REQUIRE(gateway.wan_passes(tunnel.to_client(kAck | kPsh, random_text(random, 900))));
  }
  gateway.worker().end_flows(0, 4096, events::FlowEndReason::shutdown);
  for (const auto& record : gateway.take_events(events::EventType::flow)) {
    if (record.tuple.destination_port != 8388) continue;
    const auto* const told = rules::application(record.flow.application);
    CHECK((told == nullptr ? "" : told->name) == (asks ? "youtube" : "fully_encrypted"));
    CHECK((record.flow.carrier == rules::application_id::kFullyEncrypted) == asks);
  }
}
