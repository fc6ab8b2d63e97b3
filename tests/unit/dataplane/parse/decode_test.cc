#include "dataplane/parse/decode.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstring>

#include "packets/decode/invariants.h"
#include "packets/frame_collection.h"
#include "packets/packet_builder.h"

namespace {

using namespace sekisho;
using namespace sekisho::packets;
using dataplane::decode_ethernet;
using dataplane::kNoWindowScale;
using dataplane::LinkType;
using dataplane::PacketInfo;
using dataplane::PacketKind;

constexpr std::string_view kA4 = "192.0.2.1", kB4 = "198.51.100.2", kRouter4 = "203.0.113.1";
constexpr std::string_view kA6 = "2001:db8::1", kB6 = "2001:db8:1::2";

PacketInfo decoded(const Bytes& frame) {
  PacketInfo packet;
  decode_ethernet(frame, {.check_transport_checksum = true}, packet);
  REQUIRE(broken_invariant(packet, frame.size()) == "");
  return packet;
}

struct Expected {
  std::string_view name;
  Bytes frame;
  std::uint8_t protocol;
  std::uint16_t port_a, port_b;
  std::size_t payload_bytes;
  unsigned tunnel = 0;
};

std::vector<Expected> flows() {
  const auto four = ethernet().ipv4(kA4, kB4);
  const auto six = ethernet().ipv6(kA6, kB6);
  const auto on = [](const PacketBuilder& start) { return PacketBuilder(start); };
  constexpr std::array<std::uint8_t, 8> kOverhang{};
  return {
      {"TCP on IPv4", on(four).tcp(1025, 80).payload("hello").build(), 6, 1025, 80, 5},
      {"TCP on IPv6", on(six).tcp(1025, 80).payload("hello").build(), 6, 1025, 80, 5},
      {"padding is not payload", on(four).udp(1, 2).payload("x").pad_to(60).build(), 17, 1, 2, 1},
      {"nor is what follows the UDP length",
       on(four).udp(1, 2).no_checksum().length(11).payload("abcdef").build(), 17, 1, 2, 3},
      {"SCTP", on(six).sctp(5, 6).payload("data").build(), 132, 5, 6, 4},
      {"echo: the identifier is both ports", on(four).icmp_echo(77, 1).payload("x").build(), 1, 77,
       77, 1},
      {"echo reply on IPv6", on(six).icmp_echo(77, 1, true).build(), 58, 77, 77, 0},
      {"other ICMP has no ports", on(six).icmp(135, 0, 0x12345678).build(), 58, 0, 0, 0},
      {"ICMP on IPv6 is just a protocol", on(six).protocol(1).payload_bytes(9).build(), 1, 0, 0, 9},
      {"ESP", on(four).protocol(50).payload_bytes(20).build(), 50, 0, 0, 20},
      {"AH ends IPv4", on(four).protocol(51).payload_bytes(24).build(), 51, 0, 0, 24},
      {"AH is passed on IPv6", on(six).authentication_header().udp(1, 2).build(), 17, 1, 2, 0},
      {"all extension headers",
       on(six)
           .hop_by_hop()
           .routing()
           .destination_options()
           .extension(140)
           .udp(1, 2)
           .payload("abc")
           .build(),
       17, 1, 2, 3},
      {"no next header", on(six).protocol(59).build(), 59, 0, 0, 0},
      {"mobility stands for itself", on(six).extension(135, 16).build(), 135, 0, 0, 16},
      {"an atomic fragment is whole", on(six).fragment6(9, 0, false).udp(1, 2).build(), 17, 1, 2,
       0},
      {"8 VLAN tags deep",
       ethernet()
           .vlan(1)
           .vlan(2)
           .vlan(3)
           .vlan(4)
           .vlan(5)
           .vlan(6)
           .vlan(7)
           .vlan(8)
           .ipv4(kA4, kB4)
           .udp(1, 2)
           .build(),
       17, 1, 2, 0},
      {"PPPoE ends its payload",
       ethernet().pppoe(1).ipv4(kA4, kB4).udp(1, 2).payload("x").pad_to(100).build(), 17, 1, 2, 1},
      {"IPv4 in IPv4", on(four).ipv4(kA4, kB4).udp(1, 2).build(), 17, 1, 2, 0, 1},
      {"6in4", on(four).ipv6(kA6, kB6).udp(1, 2).build(), 17, 1, 2, 0, 1},
      {"4in6", on(six).ipv4(kA4, kB4).udp(1, 2).build(), 17, 1, 2, 0, 1},
      {"GRE, and IP in that",
       on(four).gre().gre_fields(true, 1, 2).ipv6(kA6, kB6).ipv4(kA4, kB4).udp(1, 2).build(), 17, 1,
       2, 0, 2},
      {"GRE with Ethernet", on(four).gre().ethertype(0x6558).payload_bytes(60).build(), 47, 0, 0,
       60},
      {"a later-day protocol", on(four).protocol(200).payload(kOverhang).build(), 200, 0, 0, 8},
  };
}

}  // namespace

TEST_CASE("a flow is told by its innermost addresses, protocol and ports") {
  for (const auto& one : flows()) {
    CAPTURE(one.name);
    const auto packet = decoded(one.frame);
    CHECK(name_of(packet.problem) == "none");
    CHECK(packet.kind == PacketKind::flow);
    CHECK(packet.protocol == one.protocol);
    CHECK(packet.key.protocol == one.protocol);
    CHECK(packet.key.port_a == one.port_a);
    CHECK(packet.key.port_b == one.port_b);
    CHECK(packet.payload_bytes == one.payload_bytes);
    CHECK(packet.key.tunnel == one.tunnel);
    CHECK(packet.from_a);
    CHECK(to_string(packet.key.a) == (packet.is_ipv4 ? kA4 : kA6));
    CHECK(to_string(packet.key.b) == (packet.is_ipv4 ? kB4 : kB6));
  }
}

TEST_CASE("both directions have one key and tell each other apart") {
  for (const bool v6 : {false, true}) {
    const auto a = v6 ? kA6 : kA4, b = v6 ? kB6 : kB4;
    const auto start = [v6](std::string_view from, std::string_view to) {
      return v6 ? ethernet().vlan(5).ipv6(from, to) : ethernet().vlan(5).ipv4(from, to);
    };
    const auto there = decoded(start(a, b).tcp(1025, 80, kSyn).build());
    const auto back = decoded(start(b, a).tcp(80, 1025, kSyn | kAck).build());
    CHECK(std::memcmp(&there.key, &back.key, sizeof there.key) == 0);
    CHECK(there.from_a);
    CHECK_FALSE(back.from_a);
    CHECK(there.key.vlan == 5);
  }
}

TEST_CASE("equal addresses are ordered by port") {
  const auto there = decoded(ethernet().ipv4("127.0.0.1", "127.0.0.1").udp(9, 5).build());
  const auto back = decoded(ethernet().ipv4("127.0.0.1", "127.0.0.1").udp(5, 9).build());
  CHECK(std::memcmp(&there.key, &back.key, sizeof there.key) == 0);
  CHECK(there.key.port_a == 5);
  CHECK(there.from_a != back.from_a);
}

TEST_CASE("TCP fields are read as they are on the wire") {
  constexpr std::uint8_t kScale7[] = {2, 4, 5, 0xb4, 1, 3, 3, 7}, kScale200[] = {3, 3, 200};
  const auto syn = decoded(ethernet()
                               .ipv4(kA4, kB4)
                               .ttl(33)
                               .identification(0xabcd)
                               .tcp(1, 2, kSyn, 0x01020304, 0x05060708, 0x1234)
                               .tcp_options(kScale7)
                               .payload("early")
                               .build());
  CHECK(syn.tcp_seq == 0x01020304);
  CHECK(syn.tcp_ack == 0x05060708);
  CHECK(syn.tcp_window == 0x1234);
  CHECK(syn.tcp_flags == kSyn);
  CHECK(syn.tcp_window_scale == 7);
  CHECK(syn.ttl == 33);
  CHECK(syn.ip_id == 0xabcd);
  CHECK(syn.ethertype == 0x0800);
  CHECK(syn.ip_offset == 14);
  CHECK(syn.transport_offset == 34);
  CHECK(syn.payload_offset == 62);
  CHECK(syn.payload_bytes == 5);

  const auto with_options = [&](std::uint8_t flags, std::span<const std::uint8_t> options) {
    return decoded(ethernet().ipv6(kA6, kB6).tcp(1, 2, flags).tcp_options(options).build());
  };
  CHECK(with_options(kSyn | kAck, kScale200).tcp_window_scale == 14);  // RFC 7323 §2.3
  CHECK(with_options(kAck, kScale7).tcp_window_scale == kNoWindowScale);
  CHECK(with_options(kSyn, {}).tcp_window_scale == kNoWindowScale);
}

TEST_CASE("outer and second VLAN ids are part of the key") {
  const auto packet =
      decoded(ethernet().vlan(100, 0x88a8).vlan(200).vlan(300).ipv4(kA4, kB4).udp(1, 2).build());
  CHECK(packet.key.vlan == 100);
  CHECK(packet.key.inner_vlan == 200);
  CHECK(packet.ethertype == 0x0800);
}

TEST_CASE("what is not IP is told so and bridged") {
  const auto mpls = ethernet().mpls(16, false).mpls(17).ipv4(kA4, kB4).udp(1, 2).build();
  CHECK(decoded(mpls).kind == PacketKind::not_ip);
  constexpr std::uint16_t kTypes[] = {0x0806, 0x88cc, 0x888e, 0x8863, 0x0026};
  for (const auto type : kTypes) {
    CAPTURE(type);
    const auto packet = decoded(ethernet().vlan(9).ethertype(type).payload_bytes(46).build());
    CHECK(packet.kind == PacketKind::not_ip);
    CHECK(packet.ethertype == type);
    CHECK(packet.key.vlan == 9);
  }
  CHECK(decoded(ethernet().pppoe(1).payload_bytes(10).build()).kind == PacketKind::not_ip);
  CHECK(decoded(ethernet().build()).kind == PacketKind::not_ip);
}

TEST_CASE("IP in an 802.3 SNAP frame does not slip through as not IP") {
  for (const auto& [name, bytes] : frame_collection()) {
    if (name != "snap_udp4") continue;
    const auto packet = decoded(bytes);
    CHECK(packet.kind == PacketKind::flow);
    CHECK(packet.key.port_b == 2);
  }
}

TEST_CASE("the first fragment has the ports, later ones say where they belong") {
  for (const bool v6 : {false, true}) {
    const auto whole =
        v6 ? ethernet().ipv6(kA6, kB6).destination_options().udp(1025, 53).payload_bytes(64)
           : ethernet().ipv4(kA4, kB4).udp(1025, 53).payload_bytes(72);
    const auto frames = whole.build_fragments(0x4321, 32);
    REQUIRE(frames.size() == 3);
    std::uint32_t next = 0;
    for (const auto& frame : frames) {
      const auto packet = decoded(frame);
      CHECK(packet.kind == (next == 0 ? PacketKind::first_fragment : PacketKind::later_fragment));
      CHECK(packet.fragment_id == 0x4321);
      CHECK(packet.fragment_offset == next);
      CHECK(packet.more_fragments == (&frame != &frames.back()));
      CHECK(packet.key.port_a == (next == 0 ? 1025 : 0));
      next += packet.fragment_bytes;
    }
    CHECK(next == 80);
  }
}

TEST_CASE("a fragmented tunnel packet stays with the tunnel's own flow") {
  const auto frames = ethernet()
                          .ipv4(kA4, kB4)
                          .protocol(4)
                          .payload(ipv4(kB4, kA4).udp(1, 2).payload_bytes(64).build())
                          .build_fragments(7, 48);
  REQUIRE(frames.size() == 2);
  const auto first = decoded(frames[0]), later = decoded(frames[1]);
  CHECK(first.kind == PacketKind::first_fragment);
  CHECK(first.key.tunnel == 0);
  CHECK(std::memcmp(&first.key, &later.key, sizeof first.key) == 0);
}

TEST_CASE("an ICMP error has the key of the packet it is about") {
  const auto tcp4 = ipv4(kA4, kB4).tcp(1025, 80, kSyn, 99, 0).payload_bytes(64).build();
  const auto tcp6 = ipv6(kA6, kB6).hop_by_hop().tcp(1025, 80, kSyn, 99, 0).build();
  const auto echo4 = ipv4(kA4, kB4).icmp_echo(77, 3).build();
  const auto tunnel = ipv4(kRouter4, "203.0.113.9").gre().ipv4(kA4, kB4).udp(1025, 80).build();
  const std::span<const std::uint8_t> eight_bytes(tcp4.data(), 28);
  struct {
    std::string_view name;
    Bytes error;
    Bytes original;
  } const cases[] = {
      {"unreachable", ethernet().ipv4(kRouter4, kA4).icmp_error(3, 1, tcp4).build(), tcp4},
      {"only the 8 bytes of RFC 792",
       ethernet().ipv4(kB4, kA4).icmp_error(11, 0, eight_bytes).build(), tcp4},
      {"packet too big", ethernet().ipv6("2001:db8::9", kA6).icmp_error(2, 0, tcp6).build(), tcp6},
      {"about an echo", ethernet().ipv4(kRouter4, kA4).icmp_error(3, 1, echo4).build(), echo4},
      {"about a tunnelled packet", ethernet().ipv4(kB4, kRouter4).icmp_error(3, 1, tunnel).build(),
       tunnel},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    const auto error = decoded(one.error);
    PacketInfo original;
    dataplane::decode(LinkType::raw, one.original, {}, original);
    REQUIRE(original.kind == PacketKind::flow);
    CHECK(error.kind == PacketKind::icmp_error);
    CHECK(std::memcmp(&error.key, &original.key, sizeof error.key) == 0);
    CHECK(error.from_a == original.from_a);
    CHECK(error.protocol == (error.is_ipv4 ? 1 : 58));
    CHECK(error.tcp_seq == original.tcp_seq);
  }
}

TEST_CASE("a final destination elsewhere is no reason to doubt a checksum") {
  constexpr std::uint8_t kLooseRoute[] = {0x83, 7, 4, 203, 0, 113, 1};
  CHECK(decoded(ethernet().ipv6(kA6, kB6).routing(2, 1).udp(1, 2).bad_checksum().build()).kind ==
        PacketKind::flow);
  CHECK(decoded(ethernet().ipv4(kA4, kB4).options(kLooseRoute).udp(1, 2).bad_checksum().build())
            .kind == PacketKind::flow);
}
