#include "dataplane/answers/reply.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "config/base/byte_reader.h"
#include "config/events/drop_reason.h"
#include "dataplane/parse/decode.h"
#include "packets/packet_builder.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::packets;

namespace {

PacketInfo decoded(const Bytes& frame) {
  PacketInfo info;
  decode_ethernet(frame, {.check_ipv4_checksum = true, .check_transport_checksum = true}, info);
  return info;
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Bytes segment_for(const Bytes& frame, const ReplySegment& segment) {
  Bytes out(kMaxReplyBytes);
  out.resize(build_segment_to_sender(frame, decoded(frame), segment, out));
  return out;
}

std::string_view payload_of(const Bytes& frame, const PacketInfo& info) {
  return as_text(std::span(frame).subspan(info.payload_offset, info.payload_bytes));
}

/// One TCP segment behind every kind of link header, over IPv4 and IPv6.
std::vector<Bytes> requests() {
  std::vector<Bytes> frames;
  for (const bool v6 : {false, true})
    for (int link = 0; link < 4; ++link) {
      auto frame = ethernet();
      if (link == 1) frame.vlan(7);
      if (link == 2) frame.vlan(7, 0x88a8).vlan(8);
      if (link == 3) frame.pppoe(9);
      v6 ? frame.ipv6("2001:db8::1", "2001:db8:1::2") : frame.ipv4("192.0.2.1", "198.51.100.2");
      frames.push_back(frame.tcp(40'000, 80, kAck | kPsh, 1000, 5000).payload("GET /").build());
    }
  return frames;
}

}  // namespace

TEST_CASE("a segment answers behind any link header, with right lengths and checksums") {
  for (const auto& frame : requests()) {
    const auto asked = decoded(frame);
    for (const std::string& text : {std::string(), std::string("odd"), std::string(1200, 'x')}) {
      const auto answer = segment_for(frame, {.seq = 5000,
                                              .ack = 1005,
                                              .flags = kTcpAck | kTcpPsh | kTcpFin,
                                              .payload = bytes_of(text)});
      const auto info = decoded(answer);
      CAPTURE(asked.is_ipv4, asked.ip_offset, text.size(), name_of(info.problem));
      REQUIRE(info.kind == PacketKind::flow);  // its checksums are right
      CHECK(info.key.a == asked.key.a);
      CHECK(info.key.port_b == asked.key.port_b);
      CHECK(info.key.vlan == asked.key.vlan);
      CHECK(info.key.inner_vlan == asked.key.inner_vlan);
      CHECK(info.from_a != asked.from_a);
      CHECK(info.tcp_seq == 5000);
      CHECK(info.tcp_ack == 1005);
      CHECK(info.tcp_flags == (kTcpAck | kTcpPsh | kTcpFin));
      CHECK(payload_of(answer, info) == text);
      CHECK(answer.size() == info.payload_offset + text.size());  // nothing behind it
      CHECK(Bytes(answer.begin(), answer.begin() + 6) ==
            Bytes(frame.begin() + 6, frame.begin() + 12));
      CHECK(Bytes(answer.begin() + 6, answer.begin() + 12) ==
            Bytes(frame.begin(), frame.begin() + 6));
    }
  }
}

TEST_CASE("who sends timestamps gets them: its own echoed, and one ahead of the other end's") {
  const Bytes options{1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 4};
  const auto frame = ethernet()
                         .ipv4("192.0.2.1", "198.51.100.2")
                         .tcp(1, 80, kAck, 1000, 5000)
                         .tcp_options(options)
                         .payload("x")
                         .build();
  const auto answer =
      segment_for(frame, {.seq = 1, .ack = 2, .flags = kTcpAck, .payload = bytes_of("page")});
  const auto info = decoded(answer);
  REQUIRE(info.kind == PacketKind::flow);
  CHECK(info.payload_offset == info.transport_offset + 32);
  const auto at = answer.begin() + info.transport_offset + 20;
  CHECK(Bytes(at, at + 12) == Bytes{1, 1, 8, 10, 0, 1, 0, 4, 0, 0, 0, 9});
  CHECK(payload_of(answer, info) == "page");

  for (const auto& broken : {Bytes{8, 10, 0, 0}, Bytes{5, 0, 0, 0}, Bytes{5, 1, 0, 0},
                             Bytes{5, 40, 0, 0}, Bytes{0, 8, 10, 0}}) {
    const auto odd = ethernet()
                         .ipv4("192.0.2.1", "198.51.100.2")
                         .tcp(1, 80, kAck, 1000, 5000)
                         .tcp_options(broken)
                         .payload("x")
                         .build();
    const auto plain = segment_for(odd, {.seq = 1, .ack = 2, .flags = kTcpAck, .payload = {}});
    if (plain.empty()) continue;  // such options make a malformed packet
    CHECK(decoded(plain).payload_offset == decoded(plain).transport_offset + 20);
  }
}

TEST_CASE("a datagram answers from the port that was asked, in the same tags") {
  for (const bool v6 : {false, true}) {
    auto asked = ethernet().vlan(5);
    v6 ? asked.ipv6("2001:db8::1", "2001:db8::53") : asked.ipv4("192.0.2.1", "192.0.2.53");
    const auto frame = asked.udp(5000, 53).payload("question").build();
    Bytes answer(kMaxReplyBytes);
    answer.resize(build_datagram_to_sender(frame, decoded(frame), bytes_of("an answer"), answer));
    const auto info = decoded(answer), original = decoded(frame);
    REQUIRE(info.kind == PacketKind::flow);
    CHECK(info.key.a == original.key.a);
    CHECK(info.key.port_a == original.key.port_a);
    CHECK(info.key.vlan == 5);
    CHECK(info.from_a != original.from_a);
    CHECK(payload_of(answer, info) == "an answer");
  }
}

TEST_CASE("what is no plain packet for one host is not answered") {
  Bytes out(kMaxReplyBytes);
  const auto ipv4 = [] { return ethernet().ipv4("192.0.2.1", "198.51.100.2"); };
  const Bytes option{1, 1, 1, 1};
  const auto with_options = ipv4().options(option).tcp(1, 80, kAck).payload("x").build();
  CHECK(build_segment_to_sender(with_options, decoded(with_options), {}, out) == 0);
  const auto udp = ipv4().udp(1, 53).payload("x").build();
  CHECK(build_segment_to_sender(udp, decoded(udp), {}, out) == 0);
  const auto tcp = ipv4().tcp(1, 53, kAck).payload("x").build();
  CHECK(build_datagram_to_sender(tcp, decoded(tcp), {}, out) == 0);
  const auto group = ethernet(kClientMac, "01:00:5e:00:00:fb")
                         .ipv4("192.0.2.1", "224.0.0.251")
                         .udp(1, 53)
                         .payload("x")
                         .build();
  CHECK(build_datagram_to_sender(group, decoded(group), {}, out) == 0);
  CHECK(build_segment_to_sender(tcp, decoded(tcp), {}, std::span(out).first(53)) == 0);
  CHECK(build_datagram_to_sender(udp, decoded(udp), {}, std::span(out).first(41)) == 0);
}
