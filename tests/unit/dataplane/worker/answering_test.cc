// What a worker answers where a rule says block_with: answer.
#include <algorithm>

#include "config/base/byte_reader.h"
#include "config/events/block_id.h"
#include "dataplane/parse/decode.h"
#include "inspected.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kNoVideos = R"(
version: 1
block_page: {organisation: Example Works, contact: ext. 123}
rules:
  - name: no videos
    action: block
    block_with: answer
    content: {applications: [youtube]}
  - {name: no dns, action: block, block_with: answer, services: [udp/53]}
  - {name: no quic, action: block, block_with: answer, services: [udp/443]}
  - {name: no quic either, action: block, block_with: reset, services: [udp/8443]}
  - {name: no ssh, action: block, block_with: answer, services: [tcp/22]}
  - {name: rest, action: allow}
)";
constexpr std::string_view kRequest =
    "GET /watch?v=1 HTTP/1.1\r\nHost: www.youtube.com\r\nAccept-Language: en\r\n\r\n";

PacketInfo decoded(const Bytes& frame) {
  PacketInfo info;
  decode_ethernet(frame, {.check_ipv4_checksum = true, .check_transport_checksum = true}, info);
  return info;
}

/// What a client's TCP makes of segments: in order, complete, ended by a FIN.
struct Received {
  std::string bytes;
  std::uint32_t next = 0;
  bool ended = false;
};
Received received(const Frames& frames, const Connection& connection) {
  Received stream{.bytes = {}, .next = connection.server_next};
  for (const auto& frame : frames) {
    const auto info = decoded(frame);
    REQUIRE(info.kind == PacketKind::flow);
    CHECK(info.tcp_seq == stream.next);
    CHECK(info.tcp_ack == connection.client_next);
    CHECK((info.tcp_flags & (kTcpAck | kTcpRst)) == kTcpAck);
    CHECK_FALSE(stream.ended);
    CHECK(info.payload_bytes <= 1200);
    stream.bytes += as_text(std::span(frame).subspan(info.payload_offset, info.payload_bytes));
    stream.ended = (info.tcp_flags & kTcpFin) != 0;
    stream.next += info.payload_bytes + (stream.ended ? 1U : 0U);
  }
  return stream;
}

bool is_reset(const Frames& frames) {
  return frames.size() == 1 && decoded(frames[0]).kind == PacketKind::flow &&
         (decoded(frames[0]).tcp_flags & kTcpRst) != 0;
}

/// A ClientHello that names the host, as short as it can be.
std::string client_hello(std::string_view host) {
  const auto be16 = [](std::size_t value) {
    return std::string{static_cast<char>(value >> 8), static_cast<char>(value)};
  };
  const auto name = std::string(1, '\0') + be16(host.size()) + std::string(host);
  const auto list = be16(name.size()) + name;
  const auto extensions = std::string("\0\0", 2) + be16(list.size()) + list;
  const auto hello = std::string("\x03\x03", 2) + std::string(32, 'r') + std::string("\0", 1) +
                     std::string("\0\x02\x13\x01", 4) + std::string("\x01\0", 2) +
                     be16(extensions.size()) + extensions;
  const auto message = std::string("\x01\0", 2) + be16(hello.size()) + hello;
  return std::string("\x16\x03\x01", 3) + be16(message.size()) + message;
}

Connection connection_of(int version) {
  return version == 6 ? Connection{std::string(kClient6), std::string(kServer6)} : Connection{};
}

}  // namespace

TEST_CASE("a blocked request gets a page, its client may end in peace, the server is reset") {
  const auto version = GENERATE(4, 6);
  Gateway gateway(kNoVideos);
  auto connection = connection_of(version);
  REQUIRE(connection.open(gateway));
  const auto sent = connection.client_next;
  const auto request = connection.to_server(kAck | kPsh, kRequest).build();
  const auto fate = gateway.from(kLanPort, request);
  const auto page = received(fate.to_lan, connection);
  CHECK(page.ended);
  CHECK(page.bytes.starts_with("HTTP/1.1 403 Forbidden\r\n"));
  for (const auto* text : {"Example Works", "ext. 123", "www.youtube.com", "no videos",
                           "Application: YouTube", "Content-Language: en"})
    CHECK(page.bytes.find(text) != std::string::npos);
  REQUIRE(is_reset(fate.to_wan));
  CHECK(decoded(fate.to_wan[0]).tcp_seq == sent);
  CHECK(gateway.count("policy.answers_http") == 1);
  CHECK(gateway.count("drop.policy_answer") == 1);

  // It was lost: the request comes again, and the same page with it.
  const auto again = gateway.from(kLanPort, request);
  CHECK(received(again.to_lan, connection).bytes == page.bytes);
  CHECK(gateway.count("drop.tcp_out_of_window") == 0);

  // It has arrived: acknowledged, then ended by the client.
  connection.server_next = page.next;
  const auto acknowledged = gateway.from(kLanPort, connection.to_server(kAck).build());
  CHECK(acknowledged.to_lan.empty());
  CHECK(acknowledged.to_wan.empty());
  const auto end = gateway.from(kLanPort, connection.to_server(kAck | kFin).build());
  REQUIRE(end.to_lan.size() == 1);
  CHECK(decoded(end.to_lan[0]).tcp_flags == kTcpAck);
  CHECK(decoded(end.to_lan[0]).tcp_seq == page.next);
  CHECK(decoded(end.to_lan[0]).tcp_ack == connection.client_next);
  CHECK(end.to_wan.empty());
  CHECK(gateway.count("drop.tcp_out_of_window") == 0);
}

TEST_CASE("a request in the same burst as the end of its handshake is answered, not reset") {
  Gateway gateway(kNoVideos);
  Connection connection;
  REQUIRE(gateway.lan_passes(connection.to_server(kSyn)));
  REQUIRE(gateway.wan_passes(connection.to_client(kSyn | kAck)));
  const auto ack = connection.to_server(kAck).build();
  gateway.burst(kLanPort, {ack, connection.to_server(kAck | kPsh, kRequest).build()});
  const auto page = received(gateway.io().take_sent(kLanPort), connection);
  CHECK(page.ended);
  CHECK(page.bytes.starts_with("HTTP/1.1 403"));
  CHECK(is_reset(gateway.io().take_sent(kWanPort)));
  gateway.io().take_discarded();
}

TEST_CASE("what a blocked client still sends is acknowledged, and a client without end is reset") {
  Gateway gateway(kNoVideos);
  Connection connection;
  REQUIRE(connection.open(gateway));
  auto fate = gateway.from(kLanPort, connection.to_server(kAck | kPsh, kRequest).build());
  const auto next = received(fate.to_lan, connection).next;
  fate = gateway.from(kLanPort, connection.to_server(kAck, "a body").build());
  REQUIRE(fate.to_lan.size() == 1);
  CHECK(decoded(fate.to_lan[0]).tcp_flags == kTcpAck);
  CHECK(decoded(fate.to_lan[0]).tcp_seq == next);
  CHECK(decoded(fate.to_lan[0]).tcp_ack == connection.client_next);
  CHECK(fate.to_wan.empty());
  for (int i = 0; i < 100; ++i)
    fate = gateway.from(kLanPort, connection.to_server(kAck, "and more").build());
  CHECK(is_reset(fate.to_lan));
  fate = gateway.from(kWanPort, connection.to_client(kAck, "what did you ask?").build());
  CHECK(fate.to_lan.empty());
  CHECK(is_reset(fate.to_wan));
}

TEST_CASE("HEAD gets no body, a tagged request a tagged page") {
  Gateway gateway(kNoVideos);
  const auto tagged = [](std::string_view from, std::string_view to) {
    return ethernet().vlan(7).ipv4(from, to);
  };
  REQUIRE(gateway.lan_passes(tagged(kClient, kServer).tcp(40'000, 80, kSyn, 999, 0)));
  REQUIRE(gateway.wan_passes(tagged(kServer, kClient).tcp(80, 40'000, kSyn | kAck, 4999, 1000)));
  const auto request = tagged(kClient, kServer)
                           .tcp(40'000, 80, kAck | kPsh, 1000, 5000)
                           .payload("HEAD / HTTP/1.1\r\nHost: youtube.com\r\n\r\n")
                           .build();
  const auto fate = gateway.from(kLanPort, request);
  REQUIRE(fate.to_lan.size() == 1);
  const auto info = decoded(fate.to_lan[0]);
  CHECK(info.key.vlan == 7);
  const auto page =
      as_text(std::span(fate.to_lan[0]).subspan(info.payload_offset, info.payload_bytes));
  CHECK(page.starts_with("HTTP/1.1 403"));
  CHECK(page.ends_with("\r\n\r\n"));
  CHECK(page.find("Content-Language: ja") != page.npos);
}

TEST_CASE("a blocked ClientHello gets an alert that the connection ends with") {
  const auto version = GENERATE(4, 6);
  Gateway gateway(kNoVideos);
  auto connection = connection_of(version);
  connection.server_port = 443;
  REQUIRE(connection.open(gateway));
  const auto hello = connection.to_server(kAck | kPsh, client_hello("www.youtube.com")).build();
  const auto fate = gateway.from(kLanPort, hello);
  const auto alert = received(fate.to_lan, connection);
  CHECK(alert.bytes == std::string("\x15\x03\x03\x00\x02\x02\x70", 7));
  CHECK(alert.ended);
  CHECK(is_reset(fate.to_wan));
  CHECK(gateway.count("policy.answers_tls") == 1);
  CHECK(received(gateway.from(kLanPort, hello).to_lan, connection).bytes == alert.bytes);
  connection.server_next = alert.next;
  const auto end = gateway.from(kLanPort, connection.to_server(kAck | kFin).build());
  REQUIRE(end.to_lan.size() == 1);
  CHECK(decoded(end.to_lan[0]).tcp_flags == kTcpAck);
}

TEST_CASE("where the server has spoken, or nothing is asked, both ends are reset") {
  Gateway gateway("version: 1\nrules: [{name: all, action: allow}]\n");
  Connection connection;
  REQUIRE(connection.open(gateway));
  REQUIRE(gateway.wan_passes(connection.to_client(kAck | kPsh, "HTTP/1.1 200 OK\r\n")));
  gateway.harness().publish("version: 1\nrules: [{name: n, action: block, block_with: answer}]\n");
  connection.server_next -= 4;  // not all of the response has arrived
  auto fate = gateway.from(kLanPort, connection.to_server(kAck | kPsh, kRequest).build());
  CHECK(is_reset(fate.to_lan));
  CHECK(is_reset(fate.to_wan));

  const auto syn = ethernet().ipv4(kClient, kServer).tcp(1, 22, kSyn, 1, 0).build();
  fate = gateway.from(kLanPort, syn);
  CHECK(is_reset(fate.to_lan));
  CHECK(fate.to_wan.empty());
  CHECK(gateway.count("policy.answers_http") == 0);
}

TEST_CASE("a later request of a connection that passed until then gets its page, too") {
  const IpsRuleText rules("alert tcp any any -> any any (content:\"never there\"; sid:1;)\n");
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      policy_with("enabled: true",
                  "{name: no videos, action: block, block_with: answer, content: {applications: "
                  "[youtube]}}, {name: rest, action: allow, profile: p}"),
      rules.get());
  Connection connection;
  REQUIRE(connection.open(gateway));
  REQUIRE(gateway.lan_passes(
      connection.to_server(kAck | kPsh, "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n")));
  REQUIRE(gateway.wan_passes(
      connection.to_client(kAck | kPsh, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")));
  const auto fate = gateway.from(kLanPort, connection.to_server(kAck | kPsh, kRequest).build());
  const auto page = received(fate.to_lan, connection);
  CHECK(page.ended);
  CHECK(page.bytes.find("www.youtube.com") != std::string::npos);
  CHECK(is_reset(fate.to_wan));
}

TEST_CASE("a request in a SYN is no connection yet that could be answered") {
  Gateway gateway(kNoVideos);
  const auto fate = gateway.from(
      kLanPort,
      ethernet().ipv4(kClient, kServer).tcp(1, 80, kSyn, 1000, 0).payload(kRequest).build());
  REQUIRE(is_reset(fate.to_lan));
  CHECK(gateway.count("policy.answers_http") == 0);
}

TEST_CASE("who shows no number of the server's gets no page: the sender may be forged") {
  const auto passes_everything = std::string(kNoVideos) + "packet_checks: {out_of_window: pass}\n";
  for (const auto& policy : {std::string(kNoVideos), passes_everything}) {
    Gateway gateway(policy);
    const auto segment = [](std::uint16_t port, std::uint8_t flags, std::string_view payload) {
      return ethernet()
          .ipv4(kClient, kServer)
          .tcp(port, 80, flags, 1000, 0)
          .payload(payload)
          .build();
    };
    auto fate = gateway.from(kLanPort, segment(1, kAck | kPsh, kRequest));  // in no connection
    CHECK(is_reset(fate.to_lan));
    gateway.from(kLanPort, segment(2, kSyn, {}));  // in one that nobody answered
    const auto request = ethernet()
                             .ipv4(kClient, kServer)
                             .tcp(2, 80, kAck | kPsh, 1001, 0)
                             .payload(kRequest)
                             .build();
    fate = gateway.from(kLanPort, request);
    CHECK((fate.to_lan.empty() || is_reset(fate.to_lan)));
    CHECK(gateway.count("policy.answers_http") == 0);
  }
}

TEST_CASE("a blocked query of DNS is refused by the server that was asked") {
  Gateway gateway(kNoVideos);
  const Bytes query{0xab, 0xcd, 1, 0, 0, 1, 0,  0, 0,    0, 0, 1, 1, 'x', 0,
                    0,    1,    0, 1, 0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0,   0};
  const auto frame =
      ethernet().ipv4(kClient, kServer).udp(5000, 53).payload(as_text(query)).build();
  const auto fate = gateway.from(kLanPort, frame);
  CHECK(fate.to_wan.empty());
  REQUIRE(fate.to_lan.size() == 1);
  const auto info = decoded(fate.to_lan[0]);
  REQUIRE(info.kind == PacketKind::flow);
  CHECK(info.key.port_a == decoded(frame).key.port_a);
  CHECK(info.from_a != decoded(frame).from_a);
  const auto answer = std::span(fate.to_lan[0]).subspan(info.payload_offset);
  CHECK(answer[3] == 0x85);
  CHECK(as_text(answer).find("blocked by policy, request ID ") != std::string_view::npos);
  CHECK(gateway.count("policy.answers_dns") == 1);
}

TEST_CASE("QUIC, and what else is no query, is told that nobody listens") {
  const auto port = GENERATE(as<std::uint16_t>{}, 53, 443, 8443);
  Gateway gateway(kNoVideos);
  const auto fate = gateway.from(
      kLanPort, ethernet().ipv4(kClient, kServer).udp(5000, port).payload("\xc0 no query").build());
  REQUIRE(fate.to_lan.size() == 1);
  CHECK(decoded(fate.to_lan[0]).kind == PacketKind::icmp_error);
  CHECK(decoded(fate.to_lan[0]).icmp_code == 3);
}

TEST_CASE(
    "the events of an answered flow carry the id that its page shows, and what was asked for") {
  Gateway gateway(kNoVideos);
  Connection connection;
  REQUIRE(connection.open(gateway));
  gateway.harness().drop_events();
  const auto fate = gateway.from(kLanPort, connection.to_server(kAck | kPsh, kRequest).build());
  const auto page = received(fate.to_lan, connection).bytes;
  gateway.from(kLanPort, connection.to_server(kAck | kPsh, "more").build());
  const auto events = gateway.harness().take_events();
  const auto policy = std::find_if(events.begin(), events.end(), [](const auto& event) {
    return event.type == events::EventType::policy;
  });
  REQUIRE(policy != events.end());
  const auto id = events::block_id_text(policy->policy.block_id);
  CHECK(page.find(std::string_view(id.data(), id.size())) != std::string::npos);
  std::string record;
  std::size_t records = 0;
  for (const auto& event : events) {
    records += event.type == events::EventType::text ? 1U : 0U;
    CHECK(event.type != events::EventType::drop);
    if (event.type == events::EventType::text || event.type == events::EventType::continuation)
      record.append(event.text.text.data(), event.text.bytes);
  }
  CHECK(records == 1);
  for (const auto& part :
       {R"("block":{"id":")" + std::string(id.data(), id.size()) + R"(")",
        std::string(R"("answer":"http")"), std::string(R"("hostname":"www.youtube.com")"),
        std::string(R"("url":"/watch?v=1")"), std::string(R"("reason":"policy_answer")")})
    CHECK(record.find(part) != std::string::npos);
}

TEST_CASE("what a worker sends of its own is bounded, and what was not sent is counted") {
  Gateway gateway(kNoVideos);
  std::size_t sent = 0;
  for (std::uint16_t port = 1; port <= 12'800; ++port) {
    const auto fate =
        gateway.from(kLanPort, ethernet().ipv4(kClient, kServer).tcp(port, 22, kSyn, 1, 0).build());
    sent += fate.to_lan.size();
  }
  CHECK(sent == Worker::kRepliesPerSecond);
  CHECK(gateway.count("policy.replies_limited") == 12'800 - sent);
  gateway.harness().advance_seconds(2);
  CHECK(
      gateway.from(kLanPort, ethernet().ipv4(kClient, kServer).tcp(20'000, 22, kSyn, 1, 0).build())
          .to_lan.size() == 1);
}
