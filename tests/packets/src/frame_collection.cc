#include "packets/frame_collection.h"

#include <array>

namespace sekisho::packets {
namespace {

constexpr std::string_view kA4 = "192.0.2.1", kB4 = "198.51.100.2", kRouter4 = "203.0.113.1";
constexpr std::string_view kA6 = "2001:db8::1", kB6 = "2001:db8:1::2", kRouter6 = "2001:db8:2::3";

constexpr std::array<std::uint8_t, 12> kTimestamps = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
constexpr std::array<std::uint8_t, 12> kSynOptions = {2, 4, 5, 0xb4, 4, 2, 1, 3, 3, 7, 1, 0};
constexpr std::array<std::uint8_t, 4> kRouterAlert4 = {0x94, 4, 0, 0};
constexpr std::array<std::uint8_t, 4> kRouterAlert6 = {5, 2, 0, 0};
constexpr std::array<std::uint8_t, 28> kArpRequest = {
    0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0x5e, 0, 0, 1, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2};

void add_plain(std::vector<NamedFrame>& frames) {
  const auto add = [&](std::string name, const PacketBuilder& frame) {
    frames.push_back({std::move(name), frame.build()});
  };
  add("tcp4", ethernet().ipv4(kA4, kB4).tcp(1025, 80).payload("GET / HTTP/1.1\r\n\r\n"));
  add("tcp4_syn", ethernet().ipv4(kA4, kB4).tcp(1025, 80, kSyn, 7, 0).tcp_options(kSynOptions));
  add("tcp4_timestamps", ethernet().ipv4(kB4, kA4).tcp(80, 1025).tcp_options(kTimestamps));
  add("udp4_padded", ethernet().ipv4(kA4, kB4).udp(5353, 53).payload("x").pad_to(60));
  add("udp4_without_checksum", ethernet().ipv4(kA4, kB4).udp(9, 10).no_checksum().payload("abc"));
  add("ipv4_options", ethernet().ipv4(kA4, kB4).options(kRouterAlert4).udp(9, 10).payload("abc"));
  add("tcp6", ethernet().ipv6(kA6, kB6).tcp(1025, 443).payload("hello"));
  add("udp6", ethernet().ipv6(kB6, kA6).udp(53, 1025).payload("answer"));
  add("sctp4", ethernet().ipv4(kA4, kB4).sctp(36412, 36412).payload_bytes(16));
  add("esp4", ethernet().ipv4(kA4, kB4).protocol(50).payload_bytes(32));
  add("igmp4", ethernet().ipv4(kA4, "233.252.0.1").protocol(2).payload_bytes(8));
  add("echo4", ethernet().ipv4(kA4, kB4).icmp_echo(0x1234, 1).payload_bytes(32));
  add("echo_reply6", ethernet().ipv6(kA6, kB6).icmp_echo(0x1234, 1, true).payload_bytes(32));
  add("neighbour6", ethernet().ipv6(kA6, kB6).ttl(255).icmp(135, 0).payload_bytes(24));
}

void add_links(std::vector<NamedFrame>& frames) {
  const auto add = [&](std::string name, const PacketBuilder& frame) {
    frames.push_back({std::move(name), frame.build()});
  };
  add("vlan_tcp4", ethernet().vlan(10).ipv4(kA4, kB4).tcp(1025, 80));
  add("vlan_udp6", ethernet().vlan(10).ipv6(kA6, kB6).udp(1025, 80).payload("x"));
  add("qinq_tcp4", ethernet().vlan(10, 0x88a8).vlan(20).ipv4(kA4, kB4).tcp(1025, 80));
  add("pppoe_tcp4", ethernet().pppoe(17).ipv4(kA4, kB4).tcp(1025, 80));
  add("vlan_pppoe_udp6", ethernet().vlan(3).pppoe(17).ipv6(kA6, kB6).udp(1, 2).payload("x"));
  add("pppoe_lcp", ethernet().pppoe(17).payload_bytes(8));
  add("mpls", ethernet().mpls(16, false).mpls(17).ipv4(kA4, kB4).udp(1, 2));
  add("arp", ethernet().ethertype(0x0806).payload(kArpRequest).pad_to(60));
  add("llc", ethernet().ethertype(3).payload(Bytes{0x42, 0x42, 3}).pad_to(60));
  Bytes snap = {0xaa, 0xaa, 3, 0, 0, 0, 8, 0};
  const auto datagram = ipv4(kA4, kB4).udp(1, 2).payload("snap").build();
  snap.insert(snap.end(), datagram.begin(), datagram.end());
  add("snap_udp4", ethernet().ethertype(static_cast<std::uint16_t>(snap.size())).payload(snap));
}

void add_fragments(std::vector<NamedFrame>& frames) {
  const auto four = ethernet().ipv4(kA4, kB4).udp(1025, 80).payload_bytes(60);
  const auto six = ethernet().ipv6(kA6, kB6).destination_options().udp(1025, 80).payload_bytes(60);
  int piece = 0;
  for (auto& bytes : PacketBuilder(four).build_fragments(0x4242, 32))
    frames.push_back({"fragment4_" + std::to_string(piece++), std::move(bytes)});
  piece = 0;
  for (auto& bytes : PacketBuilder(six).build_fragments(0x42424242, 32))
    frames.push_back({"fragment6_" + std::to_string(piece++), std::move(bytes)});
  frames.push_back({"atomic6", ethernet().ipv6(kA6, kB6).fragment6(1, 0, false).tcp(1, 2).build()});
}

void add_extensions_and_tunnels(std::vector<NamedFrame>& frames) {
  const auto add = [&](std::string name, const PacketBuilder& frame) {
    frames.push_back({std::move(name), frame.build()});
  };
  add("extensions6", ethernet()
                         .ipv6(kA6, kB6)
                         .hop_by_hop(kRouterAlert6)
                         .destination_options()
                         .routing()
                         .authentication_header()
                         .tcp(1025, 80)
                         .payload("x"));
  add("mobility6", ethernet().ipv6(kA6, kB6).extension(135, 16));
  add("no_next_header6", ethernet().ipv6(kA6, kB6).protocol(59));
  add("4in4", ethernet().ipv4(kA4, kB4).ipv4("192.0.2.5", "192.0.2.6").tcp(1, 2));
  add("6in4", ethernet().ipv4(kA4, kB4).ipv6(kA6, kB6).udp(1, 2).payload("x"));
  add("4in6", ethernet().ipv6(kA6, kB6).ipv4(kA4, kB4).tcp(1, 2, kSyn));
  add("gre4", ethernet().ipv4(kA4, kB4).gre().ipv4("192.0.2.5", "192.0.2.6").udp(1, 2));
  add("gre_all_fields_6",
      ethernet().ipv6(kA6, kB6).gre().gre_fields(true, 7, 8).ipv6(kB6, kA6).tcp(1, 2));
  const Bytes pptp = {0x30, 0x81, 0x88, 0x0b, 0, 4, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4};
  add("pptp_gre", ethernet().ipv4(kA4, kB4).protocol(47).payload(pptp));
}

void add_icmp_errors(std::vector<NamedFrame>& frames) {
  const auto add = [&](std::string name, const PacketBuilder& frame) {
    frames.push_back({std::move(name), frame.build()});
  };
  const auto udp4 = ipv4(kA4, kB4).udp(1025, 53).payload("question").build();
  const auto tcp4 = ipv4(kA4, kB4).tcp(1025, 80, kSyn, 99, 0).build();
  const auto tcp6 = ipv6(kA6, kB6).hop_by_hop().tcp(1025, 80, kSyn, 99, 0).build();
  const auto tunnel = ipv4(kRouter4, kB4).ipv4(kA4, "192.0.2.9").tcp(1025, 80).build();
  const std::span<const std::uint8_t> with_8_bytes(tcp4.data(), 28);
  add("unreachable4", ethernet().ipv4(kRouter4, kA4).icmp_error(3, 3, udp4));
  add("time_exceeded4", ethernet().ipv4(kRouter4, kA4).icmp_error(11, 0, with_8_bytes));
  add("unreachable4_of_tunnel", ethernet().ipv4(kB4, kRouter4).icmp_error(3, 1, tunnel));
  add("too_big6", ethernet().ipv6(kRouter6, kA6).icmp_error(2, 0, tcp6));
}

}  // namespace

std::vector<NamedFrame> frame_collection() {
  std::vector<NamedFrame> frames;
  add_plain(frames);
  add_links(frames);
  add_fragments(frames);
  add_extensions_and_tunnels(frames);
  add_icmp_errors(frames);
  return frames;
}

}  // namespace sekisho::packets
