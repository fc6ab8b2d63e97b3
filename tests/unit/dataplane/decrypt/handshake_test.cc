#include "dataplane/decrypt/takeover/handshake.h"

#include <catch2/catch.hpp>

#include "packets/packet_builder.h"

using namespace sekisho;
using namespace sekisho::decrypt;
using packets::Bytes;
using Outcome = Handshake::Outcome;

namespace {

struct Segment {
  Side from;
  std::uint8_t flags;
  std::uint32_t seq, ack;
  std::uint16_t window;
  Bytes options{};
  std::size_t payload = 0;
};

constexpr std::uint8_t kSynAck = kSyn | kAck;
const Bytes kAll{2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 50, 0, 0, 0, 0};
const Bytes kAllAnswered{2, 4, 4, 0xe2, 1, 3, 3, 9, 4, 2, 8, 10, 0, 0, 0, 60, 0, 0, 0, 50};
const Bytes kStamps{1, 1, 8, 10, 0, 0, 0, 51, 0, 0, 0, 60};

const Segment kSynSegment{Side::client, kSyn, 1'000, 0, 64'240, kAll};
const Segment kAnswer{Side::server, kSynAck, 9'000, 1'001, 65'160, kAllAnswered};
const Segment kLast{Side::client, kAck, 1'001, 9'001, 502, kStamps};

Bytes packet_of(const Segment& s) {
  auto builder = packets::ethernet();
  const bool up = s.from == Side::client;
  builder.ipv4(up ? "192.0.2.1" : "198.51.100.2", up ? "198.51.100.2" : "192.0.2.1");
  builder.tcp(up ? 40'000 : 443, up ? 443 : 40'000, s.flags, s.seq, s.ack, s.window);
  if (!s.options.empty()) builder.tcp_options(s.options);
  if (s.payload != 0) builder.payload_bytes(s.payload);
  const auto frame = builder.build();
  return {frame.begin() + 14, frame.end()};
}

Outcome note(Handshake& handshake, const Segment& s, std::uint32_t now_ms = 0) {
  const auto packet = packet_of(s);
  TcpPacket at;
  REQUIRE(read_tcp_packet(packet, at) == PacketProblem::none);
  return handshake.note(packet, at, s.from, now_ms);
}

Handover handed_over(const Handshake& handshake, const Segment& data, std::uint32_t now_ms = 0) {
  const auto packet = packet_of(data);
  TcpPacket at;
  REQUIRE(read_tcp_packet(packet, at) == PacketProblem::none);
  return handshake.handover(packet, at, 5, now_ms);
}

}  // namespace

TEST_CASE("a handshake tells what both ends agreed on", "[decrypt]") {
  Handshake handshake;
  CHECK(note(handshake, kSynSegment, 100) == Outcome::going_on);
  CHECK(note(handshake, kAnswer, 110) == Outcome::going_on);
  REQUIRE(note(handshake, kLast, 120) == Outcome::complete);
  const auto h = handed_over(handshake, {Side::client, kAck, 1'001, 9'001, 502, {}, 100}, 150);
  CHECK(read_handover(bytes_of(h)));
  CHECK(h.client.address == *parse_ip_address("192.0.2.1"));
  CHECK(h.server.port == 443);
  CHECK(h.client.next_seq == 1'001);
  CHECK(h.server.next_seq == 9'001);
  CHECK(h.client.window == 502U << 7);
  CHECK(h.server.window == 65'160);
  CHECK(h.client.mss == 1'460);
  CHECK(h.server.mss == 1'250);
  CHECK(h.client.scale == 7);
  CHECK(h.server.scale == 9);
  CHECK(h.client.timestamp == 51);
  CHECK(h.server.timestamp == 60);
  CHECK(h.sack == 1);
  CHECK(h.timestamps == 1);
  CHECK(h.age_ms == 30);
}

TEST_CASE("an option holds only when both ends said it", "[decrypt]") {
  Handshake handshake;
  note(handshake, kSynSegment);
  auto answer = kAnswer;
  answer.options = {};
  note(handshake, answer);
  auto last = kLast;
  last.options = {};
  REQUIRE(note(handshake, last) == Outcome::complete);
  const auto h = handed_over(handshake, last);
  CHECK(h.client.scale == HandoverEnd::kNoScale);
  CHECK(h.server.scale == HandoverEnd::kNoScale);
  CHECK(h.client.window == 502);
  CHECK(h.server.mss == 536);  // RFC 9293 §3.7.1
  CHECK(h.sack == 0);
  CHECK(h.timestamps == 0);
}

TEST_CASE("a SYN that comes again, or anew, begins again", "[decrypt]") {
  Handshake handshake;
  note(handshake, kSynSegment);
  auto anew = kSynSegment;
  anew.seq = 2'000;
  note(handshake, anew);
  auto answer = kAnswer;
  CHECK(note(handshake, answer) == Outcome::impossible);  // of the attempt before
  note(handshake, anew);
  answer.ack = 2'001;
  CHECK(note(handshake, answer) == Outcome::going_on);
  auto last = kLast;
  last.seq = 2'001;
  CHECK(note(handshake, last) == Outcome::complete);
}

TEST_CASE("what a rebuilt connection could not go on with is told", "[decrypt]") {
  Handshake handshake;
  SECTION("data in the SYN (RFC 7413)") {
    auto syn = kSynSegment;
    syn.payload = 10;
    CHECK(note(handshake, syn) == Outcome::impossible);
  }
  SECTION("a simultaneous open") {
    note(handshake, kSynSegment);
    CHECK(note(handshake, {Side::server, kSyn, 9'000, 0, 100}) == Outcome::impossible);
  }
  SECTION("an answer without its question") {
    CHECK(note(handshake, kAnswer) == Outcome::impossible);
  }
  SECTION("options cut short") {
    auto syn = kSynSegment;
    syn.options = {2, 40, 0, 0};
    CHECK(note(handshake, syn) == Outcome::impossible);
  }
  SECTION("a server that speaks before the client's last ACK") {
    note(handshake, kSynSegment);
    note(handshake, kAnswer);
    CHECK(note(handshake, {Side::server, kAck, 9'001, 1'001, 100, {}, 5}) == Outcome::impossible);
  }
}
