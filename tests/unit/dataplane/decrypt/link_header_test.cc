#include "dataplane/decrypt/diversion/link_header.h"

#include <catch2/catch.hpp>

#include "packets/packet_builder.h"

using namespace sekisho;
using namespace sekisho::decrypt;
using packets::Bytes;

namespace {

constexpr std::size_t kOldPayload = 10, kNewPayload = 333;

packets::PacketBuilder wrapped(int kind) {
  auto builder = packets::ethernet();
  if (kind == 1) builder.vlan(100);
  if (kind == 2) builder.vlan(200, 0x88a8).vlan(100);
  if (kind == 3) builder.pppoe(9);
  if (kind == 4) builder.vlan(7).pppoe(9);
  return builder;
}

}  // namespace

TEST_CASE("another packet behind a kept header is the frame that would have come", "[decrypt]") {
  const int kind = GENERATE(0, 1, 2, 3, 4);
  const auto with = [&](std::size_t payload) {
    return wrapped(kind).ipv4("192.0.2.1", "198.51.100.2").udp(1, 2).payload_bytes(payload).build();
  };
  const auto old_frame = with(kOldPayload), new_frame = with(kNewPayload);
  const auto header_bytes = old_frame.size() - (20 + 8 + kOldPayload);
  LinkHeader header;
  REQUIRE(header.keep(std::span(old_frame).first(header_bytes)));
  const auto packet = std::span(new_frame).subspan(header_bytes);
  const auto link = header.for_packet(packet.size());
  Bytes made(link.begin(), link.end());
  made.insert(made.end(), packet.begin(), packet.end());
  CHECK(made == new_frame);
}

TEST_CASE("a header that cannot be used again is not kept", "[decrypt]") {
  LinkHeader header;
  Bytes ethernet(14, 0);
  ethernet[12] = 0x08;
  CHECK_FALSE(header.keep(std::span(ethernet).first(13)));
  ethernet[12] = 0x00;
  ethernet[13] = 0x64;  // IEEE 802.3: a length
  CHECK_FALSE(header.keep(ethernet));
  ethernet[12] = 0x08;
  ethernet.resize(LinkHeader::kMostBytes + 1);
  CHECK_FALSE(header.keep(ethernet));
  CHECK_FALSE(header.is_known());
}
