#include "dataplane/decrypt/takeover/handover.h"

#include <catch2/catch.hpp>

#include "dataplane/decrypt/segment/tcp_packet.h"
#include "dataplane/decrypt/takeover/bare_segment.h"
#include "packets/packet_builder.h"

using namespace sekisho;
using namespace sekisho::decrypt;

namespace {

Handover good() {
  Handover h;
  h.flow_id = 77;
  h.client = {.address = *parse_ip_address("192.0.2.1"),
              .next_seq = 1'001,
              .window = 64'000,
              .timestamp = 50,
              .port = 40'000,
              .mss = 1'460,
              .scale = 7};
  h.server = {.address = *parse_ip_address("198.51.100.2"),
              .next_seq = 9'001,
              .window = 65'160,
              .timestamp = 60,
              .port = 443,
              .mss = 1'380,
              .scale = 0};
  h.sack = h.timestamps = 1;
  return h;
}

}  // namespace

TEST_CASE("a handover is read as it was written", "[decrypt]") {
  const auto written = good();
  const auto read = read_handover(bytes_of(written));
  REQUIRE(read);
  CHECK(bytes_of(*read) == bytes_of(written));
}

TEST_CASE("a handover that nobody could go on with is refused with the reason", "[decrypt]") {
  auto h = good();
  std::string expected;
  SECTION("no port") { h.client.port = 0, expected = "client: port 0"; }
  SECTION("tiny segments") { h.server.mss = 63, expected = "server: segments of 63 bytes"; }
  SECTION("a scale out of range") { h.server.scale = 15, expected = "server: window scale 15"; }
  SECTION("one scale") {
    h.server.scale = HandoverEnd::kNoScale;
    expected = "handover: only one end scales its windows";
  }
  SECTION("no address") {
    h.client.address = IpAddress::from_v4(0);
    expected = "client: address 0.0.0.0";
  }
  SECTION("a group") {
    h.server.address = *parse_ip_address("ff02::1");
    expected = "server: address ff02::1";
  }
  SECTION("a link-local address") {
    h.client.address = *parse_ip_address("fe80::1");
    expected = "client: link-local address";
  }
  SECTION("two families") {
    h.server.address = *parse_ip_address("2001:db8::1");
    expected = "handover: the ends are of two address families";
  }
  SECTION("one end") {
    h.server.address = h.client.address;
    h.server.port = h.client.port;
    expected = "handover: both ends are one";
  }
  SECTION("neither yes nor no") { h.sack = 2, expected = "handover: neither yes nor no"; }
  const auto read = read_handover(bytes_of(h));
  REQUIRE_FALSE(read);
  CHECK(read.error().message == expected);
  const auto whole = bytes_of(good());
  CHECK_FALSE(read_handover(std::span(whole).first(87)));
}

TEST_CASE("an introduction is the segment that its end would have sent", "[decrypt]") {
  const auto h = good();
  std::array<std::uint8_t, kBareSegmentBytes> packet;
  const auto bytes = write_introduction(h, Side::client, packet);
  const auto frame = packets::ethernet()
                         .ipv4("192.0.2.1", "198.51.100.2")
                         .identification(0)
                         .tcp(40'000, 443, packets::kAck, 1'001, 9'001, 64'000 >> 7)
                         .tcp_options(packets::Bytes{1, 1, 8, 10, 0, 0, 0, 50, 0, 0, 0, 60})
                         .build();
  packets::Bytes expected(frame.begin() + 14, frame.end());
  TcpPacket at;
  REQUIRE(read_tcp_packet(std::span(packet).first(bytes), at) == PacketProblem::none);
  CHECK(has_good_checksum(std::span(packet).first(bytes), at));
  REQUIRE(bytes == expected.size());
  CHECK(std::equal(expected.begin() + 20, expected.end(), packet.begin() + 20));  // all of TCP
}
