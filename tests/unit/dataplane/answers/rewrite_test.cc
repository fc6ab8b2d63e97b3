#include "dataplane/answers/rewrite.h"

#include <catch2/catch.hpp>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"
#include "dataplane/parse/decode.h"
#include "packets/packet_builder.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using packets::ethernet;

namespace {

constexpr std::size_t kRoom = 2048;

PacketInfo decoded(std::span<const std::uint8_t> frame) {
  PacketInfo info;
  decode_ethernet(frame, {.check_ipv4_checksum = true, .check_transport_checksum = true}, info);
  return info;
}

packets::PacketBuilder frame_of(int kind) {
  switch (kind) {
    case 4:
      return ethernet().ipv4("192.0.2.1", "198.51.100.2");
    case 6:
      return ethernet().ipv6("2001:db8::1", "2001:db8:1::2");
    case 10:
      return ethernet().vlan(7).ipv4("192.0.2.1", "198.51.100.2");
    default:
      return ethernet().pppoe(3).ipv4("192.0.2.1", "198.51.100.2");
  }
}

std::string_view payload_of(std::span<const std::uint8_t> frame, const PacketInfo& info) {
  return as_text(frame.subspan(info.payload_offset, info.payload_bytes));
}

}  // namespace

TEST_CASE("a payload takes another one's place, longer or shorter") {
  const auto kind = GENERATE(4, 6, 10, 11);
  const std::string payload(GENERATE(1U, 12U, 13U, 900U), 'n');
  CAPTURE(kind, payload.size());
  auto builder = frame_of(kind).udp(1025, 53).payload("the old one");
  const auto before = builder.build();
  auto room = before;
  room.resize(kRoom);
  const auto length = replace_datagram(room, decoded(before), bytes_of(payload));
  CHECK(length == before.size() - 11 + payload.size());
  const auto frame = std::span(room).first(length);
  CHECK(packets::Bytes(frame.begin(), frame.end()) ==
        frame_of(kind).udp(1025, 53).payload(payload).build());
}

TEST_CASE("what cannot be rewritten stays as it was") {
  const auto refused = [](const packets::Bytes& before, std::size_t room,
                          std::string_view payload) {
    auto frame = before;
    frame.resize(room);
    const auto kept = frame;
    return replace_datagram(frame, decoded(before), bytes_of(payload)) == 0 && frame == kept;
  };
  const auto datagram = frame_of(4).udp(1025, 53).payload("old").build();
  CHECK_FALSE(refused(datagram, datagram.size() + 1, "four"));
  CHECK(refused(datagram, datagram.size(), "four"));
  CHECK(
      refused(frame_of(4).tcp(1025, 53, packets::kAck, 1, 1).payload("old").build(), kRoom, "new"));
  CHECK_FALSE(is_rewritable(decoded(frame_of(4).icmp(8, 0).build())));
}

TEST_CASE("a changed payload gets its checksum, and one that had none stays without") {
  const bool v6 = GENERATE(false, true);
  const bool tcp = GENERATE(false, true);
  auto builder = frame_of(v6 ? 6 : 4);
  auto frame = (tcp ? builder.tcp(53, 1025, packets::kAck, 1, 1) : builder.udp(53, 1025))
                   .payload("an answer")
                   .build();
  const auto info = decoded(frame);
  frame[info.payload_offset] = 'A';
  REQUIRE(decoded(frame).kind == PacketKind::malformed);
  mend_checksum(frame, info);
  const auto mended = decoded(frame);
  CHECK(mended.kind == PacketKind::flow);
  CHECK(payload_of(frame, mended) == "An answer");

  auto bare = frame_of(4).udp(53, 1025).no_checksum().payload("an answer").build();
  const auto plain = decoded(bare);
  bare[plain.payload_offset] = 'A';
  const auto changed = bare;
  mend_checksum(bare, plain);
  CHECK(bare == changed);
}
