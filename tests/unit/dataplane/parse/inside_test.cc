#include "dataplane/parse/inside.h"

#include <catch2/catch.hpp>

#include "packets/packet_builder.h"

namespace {

using namespace sekisho;
using namespace sekisho::packets;
using dataplane::Carrier;
using dataplane::LinkType;
using dataplane::look_inside;
using dataplane::PacketInfo;

constexpr std::string_view kA4 = "192.0.2.1", kB4 = "198.51.100.2";
constexpr std::string_view kA6 = "2001:db8::1", kB6 = "2001:db8:1::2";
constexpr std::string_view kInner4 = "10.0.0.1", kOther4 = "10.0.0.2";

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Bytes inner_frame() { return ethernet().ipv4(kInner4, kOther4).icmp_echo(1, 1).build(); }
Bytes inner_packet() { return ipv4(kInner4, kOther4).icmp_echo(1, 1).build(); }

Bytes over_udp(std::uint16_t port, const Bytes& payload) {
  return ethernet().ipv4(kA4, kB4).udp(40000, port).payload(payload).build();
}

Bytes over_gre(const Bytes& header, const Bytes& payload) {
  return ethernet().ipv4(kA4, kB4).protocol(47).payload(joined(header, payload)).build();
}

std::optional<dataplane::Inside> look(const Bytes& frame) {
  PacketInfo info;
  dataplane::decode(LinkType::ethernet, frame, {.for_detection = true}, info);
  return look_inside(frame, info);
}

struct Case {
  std::string_view name;
  Carrier carrier;
  LinkType link;
  Bytes frame;
  Bytes inside;
};

std::vector<Case> cases() {
  const Bytes vxlan{8, 0, 0, 0, 0, 0, 42, 0}, geneve{1, 0, 0x65, 0x58, 0, 0, 1, 0, 9, 9, 9, 9};
  const Bytes erspan{0x10, 23, 0, 0, 0, 0, 0, 0}, nsh{0, 6, 1, 3, 0, 0, 0, 0};
  const Bytes origin{0, 0, 1, 2, 3, 4, 5, 6};
  const auto six = ipv6(kA6, kB6).udp(1, 2).build();
  return {
      {"IP-in-IP", Carrier::ipv4, LinkType::ipv4,
       ethernet().ipv4(kA4, kB4).ipv4(kInner4, kOther4).icmp_echo(1, 1).build(), inner_packet()},
      {"4in6", Carrier::ipv6, LinkType::ipv4,
       ethernet().ipv6(kA6, kB6).ipv4(kInner4, kOther4).icmp_echo(1, 1).build(), inner_packet()},
      {"6in4", Carrier::ipv4, LinkType::ipv6,
       ethernet().ipv4(kA4, kB4).ipv6(kA6, kB6).udp(1, 2).build(), six},
      {"GRE", Carrier::gre, LinkType::ipv4,
       ethernet().ipv4(kA4, kB4).gre().ipv4(kInner4, kOther4).icmp_echo(1, 1).build(),
       inner_packet()},
      {"ERSPAN type I", Carrier::gre, LinkType::ethernet,
       over_gre({0, 0, 0x88, 0xbe}, inner_frame()), inner_frame()},
      {"ERSPAN type II", Carrier::gre, LinkType::ethernet,
       over_gre({0x10, 0, 0x88, 0xbe, 0, 0, 0, 7}, joined(erspan, inner_frame())), inner_frame()},
      {"VXLAN", Carrier::vxlan, LinkType::ethernet, over_udp(4789, joined(vxlan, inner_frame())),
       inner_frame()},
      {"Geneve with options", Carrier::geneve, LinkType::ethernet,
       over_udp(6081, joined(geneve, inner_frame())), inner_frame()},
      {"Teredo behind an origin", Carrier::teredo, LinkType::ipv6,
       over_udp(3544, joined(origin, six)), six},
      {"MPLS", Carrier::label, LinkType::ipv4,
       ethernet().mpls(100, false).mpls(200).payload(inner_packet()).build(), inner_packet()},
      {"NSH", Carrier::label, LinkType::ethernet,
       ethernet().ethertype(0x894f).payload(joined(joined(nsh, Bytes(16)), inner_frame())).build(),
       inner_frame()},
  };
}

}  // namespace

TEST_CASE("a packet inside another one is found where it begins") {
  for (const auto& one : cases()) {
    INFO(one.name);
    const auto found = look(one.frame);
    REQUIRE(found);
    CHECK(found->carrier == one.carrier);
    CHECK(found->link == one.link);
    CHECK(Bytes(found->frame.begin(), found->frame.end()) == one.inside);
  }
}

TEST_CASE("tunnels tell their networks") {
  const auto vxlan = look(over_udp(4789, joined({8, 0, 0, 0, 0, 1, 42, 0}, inner_frame())));
  REQUIRE(vxlan);
  CHECK(vxlan->network_id == 298);
}

TEST_CASE("what merely uses a tunnel's port is no tunnel") {
  CHECK_FALSE(look(over_udp(4789, joined({0, 0, 0, 0, 0, 0, 42, 0}, inner_frame()))));
  CHECK_FALSE(look(over_udp(4789, Bytes{8, 0, 0, 0, 0, 0, 42, 0})));
  CHECK_FALSE(look(over_udp(6081, joined({0x40, 0, 0x65, 0x58, 0, 0, 1, 0}, inner_frame()))));
  CHECK_FALSE(look(over_udp(3544, Bytes(64, 0x60))));
  CHECK_FALSE(look(over_udp(53, joined({8, 0, 0, 0, 0, 0, 42, 0}, inner_frame()))));
}

TEST_CASE("a tunnel cut short anywhere is never read past its end") {
  for (const auto& one : cases())
    for (std::size_t bytes = 0; bytes < one.frame.size(); ++bytes) {
      const Bytes cut(one.frame.begin(), one.frame.begin() + static_cast<std::ptrdiff_t>(bytes));
      const auto found = look(cut);
      if (found) CHECK(found->frame.data() + found->frame.size() <= cut.data() + cut.size());
    }
}
