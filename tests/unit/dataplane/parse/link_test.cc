#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "dataplane/parse/decode.h"
#include "packets/decode/invariants.h"
#include "packets/link_collection.h"

namespace {

using namespace sekisho;
using namespace sekisho::packets;
using dataplane::LinkType;
using dataplane::PacketInfo;
using dataplane::PacketKind;

/// From a heap block of exactly its size.
PacketInfo decoded(std::uint16_t link, std::span<const std::uint8_t> frame) {
  const Bytes exact(frame.begin(), frame.end());
  PacketInfo packet;
  dataplane::decode(LinkType{link}, exact, {.check_transport_checksum = true}, packet);
  REQUIRE(broken_invariant(packet, exact.size()) == "");
  return packet;
}

LinkFrame example(std::string_view name) {
  for (auto& one : link_collection())
    if (one.name == name) return one;
  FAIL("no frame is called " << name);
  return {};
}

/// The example with one byte of its header changed.
PacketInfo changed(std::string_view name, std::size_t at, std::uint8_t value) {
  auto one = example(name);
  REQUIRE(one.bytes.at(at) != value);
  one.bytes[at] = value;
  return decoded(one.link, one.bytes);
}

}  // namespace

TEST_CASE("captures of every link type lead to the same packet") {
  for (const auto& one : link_collection()) {
    CAPTURE(one.name, one.is_ipv4);
    const auto packet = decoded(one.link, one.bytes);
    CHECK(name_of(packet.problem) == "none");
    CHECK(packet.kind == PacketKind::flow);
    CHECK(packet.is_ipv4 == one.is_ipv4);
    CHECK(packet.ip_offset == one.ip_offset);
    CHECK(packet.ethertype == (one.is_ipv4 ? 0x0800 : 0x86dd));
    CHECK(packet.key.port_a == 1025);
    CHECK(packet.key.port_b == 53);
    CHECK(packet.payload_bytes == 1);
  }
}

TEST_CASE("no link type with a decoder is without a frame for IPv4 and for IPv6") {
  std::set<std::pair<unsigned, bool>> tested;
  for (const auto& one : link_collection()) tested.emplace(one.link, one.is_ipv4);
  tested.emplace(static_cast<unsigned>(LinkType::ipv4), false);
  tested.emplace(static_cast<unsigned>(LinkType::ipv6), true);
  for (unsigned link = 0; link <= 0xffff; ++link) {
    CAPTURE(link);
    const bool known = dataplane::can_decode(LinkType{static_cast<std::uint16_t>(link)});
    REQUIRE(tested.contains({link, true}) == known);
    REQUIRE(tested.contains({link, false}) == known);
  }
}

TEST_CASE("a link header cut short is told so, whatever the link") {
  constexpr std::array kReasons = {DropReason::ethernet_truncated, DropReason::vlan_truncated,
                                   DropReason::pppoe_truncated, DropReason::mpls_truncated};
  for (const auto& one : link_collection()) {
    for (std::size_t size = 0; size < one.ip_offset; ++size) {
      CAPTURE(one.name, one.is_ipv4, size);
      const auto packet = decoded(one.link, std::span(one.bytes).first(size));
      // One byte is a compressed PPP protocol as well as the start of a longer header.
      const bool compressed = packet.kind == PacketKind::not_ip && size > 0 &&
                              (one.bytes[size - 1] == 0xff || one.bytes[size - 1] == 0x0f ||
                               one.bytes[size - 1] == 0x8f);
      // Whole attributes of which none is the payload.
      const bool no_payload = one.name == "nflog" && (size == 4 || size == 12);
      const bool told =
          packet.kind == PacketKind::malformed &&
          std::find(kReasons.begin(), kReasons.end(), packet.problem) != kReasons.end();
      CHECK((told || compressed || no_payload));
    }
    for (std::size_t size = one.ip_offset; size < one.bytes.size(); ++size) {
      CAPTURE(one.name, one.is_ipv4, size);
      CHECK(decoded(one.link, std::span(one.bytes).first(size)).kind == PacketKind::malformed);
    }
  }
}

TEST_CASE("frames of any link type with changed bytes are decoded within their bounds") {
  std::mt19937 random(20261121);
  const auto collection = link_collection();
  constexpr int kCases = 200'000;
  int flows = 0;
  for (int i = 0; i < kCases; ++i) {
    const auto& one = collection[random() % collection.size()];
    auto frame = one.bytes;
    for (auto changes = random() % 4; changes > 0; --changes) {
      const auto at = random() % std::min(frame.size(), one.ip_offset + 20);
      frame[at] = static_cast<std::uint8_t>(random() % 2 ? random() : 1U << random() % 8);
    }
    if (random() % 4 == 0) frame.resize(random() % (frame.size() + 1));
    CAPTURE(i, one.name, frame);
    flows += decoded(one.link, frame).kind == PacketKind::flow;
  }
  CHECK(flows > kCases / 8);
  CHECK(flows < kCases);
}

TEST_CASE("802.11 frames that show no IP are not IP") {
  constexpr std::string_view kData = "ieee802_11_to_station", kQos = "ieee802_11_qos";
  CHECK(changed(kData, 0, 0x80).kind == PacketKind::not_ip);   // beacon
  CHECK(changed(kData, 0, 0xd4).kind == PacketKind::not_ip);   // acknowledgement
  CHECK(changed(kData, 0, 0x48).kind == PacketKind::not_ip);   // null data
  CHECK(changed(kQos, 0, 0xc8).kind == PacketKind::not_ip);    // QoS null
  CHECK(changed(kData, 0, 0x09).kind == PacketKind::not_ip);   // another version
  CHECK(changed(kData, 1, 0x42).kind == PacketKind::not_ip);   // protected
  CHECK(changed(kData, 1, 0x06).kind == PacketKind::not_ip);   // more fragments follow
  CHECK(changed(kData, 22, 0x11).kind == PacketKind::not_ip);  // a later fragment
  CHECK(changed(kData, 24, 0x42).kind == PacketKind::not_ip);  // spanning tree
  CHECK(changed(kData, 1, 0x12).kind == PacketKind::flow);     // power management
  CHECK(decoded(105, Bytes{0xd4, 0, 0, 0, 2, 0, 0, 0, 0, 1}).kind == PacketKind::not_ip);
}

TEST_CASE("of an A-MSDU the first frame is read, and no byte behind it") {
  auto one = example("ieee802_11_aggregate");
  const auto length_at = one.ip_offset - 9;
  REQUIRE(one.bytes[length_at] == 29 + 8);
  one.bytes.insert(one.bytes.end(), 60, 0xee);
  CHECK(decoded(one.link, one.bytes).kind == PacketKind::flow);
  one.bytes[length_at] -= 1;
  CHECK(decoded(one.link, one.bytes).problem == DropReason::ipv4_truncated);
  one.bytes[length_at] = 0xff;
  CHECK(decoded(one.link, one.bytes).problem == DropReason::ethernet_truncated);
}

TEST_CASE("what LANs and lines carry beside IP is not IP") {
  CHECK(changed("token_ring", 1, 0).kind == PacketKind::not_ip);           // MAC frame
  CHECK(changed("token_ring_routed", 14, 0).kind == PacketKind::not_ip);   // a route of 0 bytes
  CHECK(changed("fddi", 0, 0x41).kind == PacketKind::not_ip);              // station management
  CHECK(changed("fddi", 0, 0xd0).kind == PacketKind::flow);                // synchronous
  CHECK(changed("atm_rfc1483", 3, 0x08).kind == PacketKind::not_ip);       // another organisation
  CHECK(changed("atm_rfc1483", 6, 0).kind == PacketKind::not_ip);          // SNAP type below 0x600
  CHECK(changed("atm_rfc1483_bridged", 7, 2).kind == PacketKind::not_ip);  // token ring bridged
  CHECK(changed("sunatm_llc", 0, 0x85).kind == PacketKind::not_ip);        // signalling
  CHECK(changed("arcnet", 2, 213).kind == PacketKind::not_ip);             // ARP
  CHECK(changed("arcnet", 3, 1).kind == PacketKind::not_ip);               // split
  CHECK(changed("arcnet_exception", 7, 2).kind == PacketKind::not_ip);     // split
  CHECK(changed("frame_relay", 3, 0x08).kind == PacketKind::not_ip);       // Q.933
  CHECK(changed("frame_relay_cisco", 2, 0x20).kind == PacketKind::not_ip);
  CHECK(decoded(107, Bytes{0, 0, 0, 0, 3, 0xcc, 0x45}).kind == PacketKind::not_ip);
  CHECK(changed("ppp_pppd", 2, 0xc0).kind == PacketKind::not_ip);   // LCP
  CHECK(changed("ppp_bsdos", 6, 0x2d).kind == PacketKind::not_ip);  // compressed TCP
  CHECK(changed("mpls", 6, 0).problem != DropReason::none);         // no bottom of stack
  const Bytes pseudowire = {0, 1, 1, 64, 0, 0, 0, 0, 2, 0, 0x5e, 0};
  CHECK(decoded(219, pseudowire).kind == PacketKind::not_ip);
}

TEST_CASE("what capturing systems put in front is taken at its word only where it can be") {
  CHECK(changed("ieee802_11_radio", 0, 1).kind == PacketKind::not_ip);  // another version
  CHECK(changed("ieee802_11_radio", 2, 7).kind == PacketKind::not_ip);  // shorter than itself
  CHECK(changed("ieee802_11_avs", 7, 7).kind == PacketKind::not_ip);
  CHECK(changed("enc", 0, 7).kind == PacketKind::not_ip);
  CHECK(changed("pflog", 1, 7).kind == PacketKind::not_ip);
  CHECK(changed("pflog", 0, 0).kind == PacketKind::not_ip);
  CHECK(changed("ipnet", 1, 7).kind == PacketKind::not_ip);
  CHECK(changed("nflog", 0, 7).kind == PacketKind::not_ip);
  CHECK(changed("nflog", 4, 3).kind == PacketKind::not_ip);   // an attribute of 3 bytes
  CHECK(changed("nflog", 14, 8).kind == PacketKind::not_ip);  // no payload among them
  CHECK(changed("nflog", 12, 0xff).problem == DropReason::ethernet_truncated);
  CHECK(changed("nflog", 12, 32).problem == DropReason::ipv4_truncated);
  CHECK(changed("juniper_ether", 0, 0).kind == PacketKind::not_ip);
  CHECK(changed("ppi_raw", 2, 7).kind == PacketKind::not_ip);
  CHECK(changed("pktap", 4, 0).kind == PacketKind::not_ip);  // a record without a packet
  CHECK(changed("pktap", 0, 11).kind == PacketKind::not_ip);
  CHECK(changed("ppi_raw", 4, 192).kind == PacketKind::not_ip);  // PPI in PPI
  CHECK(changed("pktap", 8, 192).kind == PacketKind::not_ip);
  CHECK(changed("ppi_raw", 4, 147).kind == PacketKind::not_ip);  // unknown within
}

TEST_CASE("the VLAN id that a DSA tag took in is part of the key") {
  CHECK(decoded(284, example("dsa_tag_dsa").bytes).key.vlan == 7);
  CHECK(decoded(285, example("dsa_tag_edsa").bytes).key.vlan == 0);
}

TEST_CASE("a link type without a decoder, or control traffic of one, is not IP") {
  const Bytes slarp = {0x8f, 0, 0x80, 0x35, 0, 0, 0, 2}, discovery = {0x11, 9, 0, 0, 0, 0};
  CHECK(decoded(147, slarp).kind == PacketKind::not_ip);
  CHECK(decoded(0xffff, slarp).kind == PacketKind::not_ip);
  CHECK(decoded(104, slarp).kind == PacketKind::not_ip);
  CHECK(decoded(51, discovery).kind == PacketKind::not_ip);
  CHECK(decoded(12, slarp).kind == PacketKind::not_ip);
}
