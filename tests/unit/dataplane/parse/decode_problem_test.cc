#include <catch2/catch.hpp>
#include <set>

#include "dataplane/parse/decode.h"
#include "packets/decode/invariants.h"
#include "packets/packet_builder.h"

namespace {

using namespace sekisho;
using namespace sekisho::packets;
using dataplane::decode_ethernet;
using dataplane::DecodeOptions;
using dataplane::PacketInfo;
using dataplane::PacketKind;

constexpr std::string_view kA4 = "192.0.2.1", kB4 = "198.51.100.2";
constexpr std::string_view kA6 = "2001:db8::1", kB6 = "2001:db8:1::2";

PacketBuilder four() { return ethernet().ipv4(kA4, kB4); }
PacketBuilder six() { return ethernet().ipv6(kA6, kB6); }

struct Case {
  std::string_view name;
  DropReason problem;
  Bytes frame;
};

Bytes tags(unsigned count) {
  auto frame = ethernet();
  for (unsigned i = 0; i < count; ++i) frame.vlan(static_cast<std::uint16_t>(i + 1));
  return frame.ipv4(kA4, kB4).udp(1, 2).build();
}

Bytes extensions(unsigned count) {
  auto frame = six();
  for (unsigned i = 0; i < count; ++i) frame.destination_options();
  return frame.udp(1, 2).build();
}

Bytes tunnels(unsigned count) {
  auto frame = four();
  for (unsigned i = 0; i < count; ++i) frame.ipv4(kB4, kA4);
  return frame.udp(1, 2).build();
}

Bytes cut(const PacketBuilder& frame, std::size_t bytes) {
  return PacketBuilder(frame).truncate(bytes).build();
}

Bytes embedded4(std::size_t bytes) {
  auto packet = ipv4(kB4, kA4).udp(1, 2).payload_bytes(8).build();
  packet.resize(bytes);
  return packet;
}

std::vector<Case> link_cases() {
  return {
      {"ends in the MAC addresses", DropReason::ethernet_truncated, cut(four().udp(1, 2), 13)},
      {"nothing at all", DropReason::ethernet_truncated, {}},
      {"ends in a tag", DropReason::vlan_truncated, cut(ethernet().vlan(1).ipv4(kA4, kB4), 17)},
      {"nine tags", DropReason::vlan_too_many_tags, tags(9)},
      {"ends in the PPPoE header", DropReason::pppoe_truncated,
       cut(ethernet().pppoe(1).ipv4(kA4, kB4), 19)},
      {"PPPoE length beyond the frame", DropReason::pppoe_truncated,
       ethernet().pppoe(1).length(100).ipv4(kA4, kB4).build()},
      {"PPPoE length without room for a protocol", DropReason::pppoe_bad_length,
       ethernet().pppoe(1).length(1).ipv4(kA4, kB4).udp(1, 2).build()},
      {"IP longer than PPPoE", DropReason::ipv4_truncated,
       ethernet().pppoe(1).length(22).ipv4(kA4, kB4).udp(1, 2).build()},
      {"label stack without a bottom", DropReason::mpls_truncated,
       ethernet().mpls(16, false).mpls(17, false).build()},
  };
}

std::vector<Case> ipv4_cases() {
  constexpr std::uint8_t kZeroLength[] = {7, 0, 0, 0}, kTooLong[] = {7, 9, 0, 0},
                         kNoLength[] = {1, 1, 1, 7};
  return {
      {"header cut", DropReason::ipv4_truncated, cut(four().udp(1, 2), 33)},
      {"total length beyond the frame", DropReason::ipv4_truncated, cut(four().udp(1, 2), 41)},
      {"version 5", DropReason::ipv4_wrong_version, four().version(5).udp(1, 2).build()},
      {"IPv6 under the IPv4 ethertype", DropReason::ipv4_wrong_version,
       ethernet().ethertype(0x0800).ipv6(kA6, kB6).udp(1, 2).build()},
      {"IHL 4", DropReason::ipv4_bad_header_length, four().header_length(4).udp(1, 2).build()},
      {"total length below the header's", DropReason::ipv4_bad_total_length,
       four().length(19).udp(1, 2).build()},
      {"total length 0", DropReason::ipv4_bad_total_length, four().length(0).udp(1, 2).build()},
      {"checksum", DropReason::ipv4_bad_checksum, four().bad_checksum().udp(1, 2).build()},
      {"option of length 0", DropReason::ipv4_bad_option, four().options(kZeroLength).build()},
      {"option beyond the header", DropReason::ipv4_bad_option, four().options(kTooLong).build()},
      {"option without its length", DropReason::ipv4_bad_option, four().options(kNoLength).build()},
      {"ping of death", DropReason::ipv4_fragment_too_large,
       four().fragment(1, 65528, false).payload_bytes(100).build()},
      {"fragment of 9 bytes with more to come", DropReason::ipv4_fragment_bad_length,
       four().fragment(1, 8, true).payload_bytes(9).build()},
      {"empty fragment", DropReason::ipv4_fragment_bad_length,
       four().fragment(1, 8, false).build()},
      {"LAND", DropReason::ipv4_land, ethernet().ipv4(kA4, kA4).tcp(80, 80, kSyn).build()},
      {"five tunnels", DropReason::tunnel_too_deep, tunnels(5)},
  };
}

std::vector<Case> ipv6_cases() {
  constexpr std::uint8_t kTooLong[] = {5, 9, 0, 0, 1, 0}, kJumbo[] = {0xc2, 4, 0, 1, 0, 0};
  return {
      {"header cut", DropReason::ipv6_truncated, cut(six().udp(1, 2), 53)},
      {"payload length beyond the frame", DropReason::ipv6_truncated, cut(six().udp(1, 2), 61)},
      {"version 4", DropReason::ipv6_wrong_version, six().version(4).udp(1, 2).build()},
      {"payload length 0 and a transport", DropReason::ipv6_bad_payload_length,
       six().length(0).udp(1, 2).build()},
      {"jumbo payload option", DropReason::ipv6_bad_payload_length,
       six().hop_by_hop(kJumbo).udp(1, 2).build()},
      {"extension cut", DropReason::ipv6_extension_truncated,
       six().destination_options().extension_length(3).udp(1, 2).build()},
      {"extension without its 8 bytes", DropReason::ipv6_extension_truncated,
       six().protocol(60).payload_bytes(7).build()},
      {"option beyond its header", DropReason::ipv6_extension_truncated,
       six().hop_by_hop(kTooLong).udp(1, 2).build()},
      {"authentication header cut", DropReason::ipv6_extension_truncated,
       six().authentication_header().extension_length(40).udp(1, 2).build()},
      {"17 extensions", DropReason::ipv6_too_many_extensions, extensions(17)},
      {"fragment of a fragment", DropReason::ipv6_too_many_extensions,
       six().fragment6(1, 0, false).fragment6(2, 0, true).udp(1, 2).build()},
      {"fragment beyond 64 KiB", DropReason::ipv6_fragment_too_large,
       six().fragment6(1, 65528, false).payload_bytes(8).build()},
      {"fragment of 9 bytes with more to come", DropReason::ipv6_fragment_bad_length,
       six().fragment6(1, 8, true).payload_bytes(9).build()},
      {"empty fragment", DropReason::ipv6_fragment_bad_length,
       six().fragment6(1, 8, false).build()},
      {"LAND", DropReason::ipv6_land, ethernet().ipv6(kA6, kA6).tcp(80, 80, kSyn).build()},
  };
}

std::vector<Case> transport_cases() {
  constexpr std::uint8_t kZeroLength[] = {2, 0, 0, 0}, kTooLong[] = {2, 9, 0, 0};
  return {
      {"TCP of 19 bytes", DropReason::tcp_truncated, four().protocol(6).payload_bytes(19).build()},
      {"TCP header beyond the packet", DropReason::tcp_truncated,
       four().tcp(1, 2).header_length(6).build()},
      {"tiny first fragment of TCP", DropReason::tcp_truncated,
       four().fragment(1, 0, true).protocol(6).payload_bytes(16).build()},
      {"data offset 4", DropReason::tcp_bad_header_length,
       four().tcp(1, 2).header_length(4).build()},
      {"option of length 0", DropReason::tcp_bad_option,
       four().tcp(1, 2).tcp_options(kZeroLength).build()},
      {"option beyond the header", DropReason::tcp_bad_option,
       six().tcp(1, 2).tcp_options(kTooLong).build()},
      {"SYN+FIN", DropReason::tcp_bad_flags, four().tcp(1, 2, kSyn | kFin).build()},
      {"SYN+RST", DropReason::tcp_bad_flags, four().tcp(1, 2, kSyn | kRst).build()},
      {"RST+FIN", DropReason::tcp_bad_flags, four().tcp(1, 2, kRst | kFin | kAck).build()},
      {"FIN without ACK", DropReason::tcp_bad_flags, six().tcp(1, 2, kFin).build()},
      {"Xmas", DropReason::tcp_bad_flags, four().tcp(1, 2, kFin | kPsh | kUrg).build()},
      {"no flag", DropReason::tcp_bad_flags, six().tcp(1, 2, 0).build()},
      {"TCP checksum", DropReason::tcp_bad_checksum, four().tcp(1, 2).bad_checksum().build()},
      {"UDP of 7 bytes", DropReason::udp_truncated, four().protocol(17).payload_bytes(7).build()},
      {"UDP length 7", DropReason::udp_bad_length, four().udp(1, 2).length(7).build()},
      {"UDP length beyond the packet", DropReason::udp_bad_length,
       six().udp(1, 2).length(9).build()},
      {"UDP checksum", DropReason::udp_bad_checksum,
       six().udp(1, 2).bad_checksum().payload("odd").build()},
      {"UDP without a checksum on IPv6", DropReason::udp_bad_checksum,
       six().udp(1, 2).no_checksum().build()},
      {"ICMP of 7 bytes", DropReason::icmp_truncated, four().protocol(1).payload_bytes(7).build()},
      {"ICMPv6 of 7 bytes", DropReason::icmpv6_truncated,
       six().protocol(58).payload_bytes(7).build()},
      {"ICMP checksum", DropReason::icmp_bad_checksum, four().icmp(8, 0).bad_checksum().build()},
      {"ICMPv6 checksum", DropReason::icmp_bad_checksum, six().icmp(128, 0).bad_checksum().build()},
      {"ICMP error without a whole IP header", DropReason::icmp_error_truncated,
       four().icmp_error(3, 1, embedded4(19)).build()},
      {"ICMP error without ports", DropReason::icmp_error_truncated,
       four().icmp_error(3, 1, embedded4(27)).build()},
      {"SCTP of 11 bytes", DropReason::sctp_truncated,
       four().protocol(132).payload_bytes(11).build()},
      {"GRE of 3 bytes", DropReason::gre_truncated, four().protocol(47).payload_bytes(3).build()},
      {"GRE without its key", DropReason::gre_truncated,
       cut(four().length(26).gre().gre_fields(false, 1, {}), 40)},
      {"GRE version 2", DropReason::gre_bad_version, four().gre().version(2).build()},
  };
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (auto* list : {link_cases, ipv4_cases, ipv6_cases, transport_cases})
    for (auto& one : list()) cases.push_back(std::move(one));
  return cases;
}

PacketInfo decoded(const Bytes& frame, bool check_transport_checksum) {
  // A buffer of exactly this size, for the address sanitizer.
  const Bytes exact(frame.begin(), frame.end());
  PacketInfo packet;
  decode_ethernet(exact, {.check_transport_checksum = check_transport_checksum}, packet);
  return packet;
}

}  // namespace

TEST_CASE("every way to be malformed is told from the others") {
  for (const auto& one : all_cases()) {
    CAPTURE(one.name, name_of(one.problem));
    const auto packet = decoded(one.frame, true);
    CHECK(name_of(packet.problem) == name_of(one.problem));
    CHECK(packet.kind == PacketKind::malformed);
    CHECK(packets::broken_invariant(packet, one.frame.size()) == "");
    // Without transport checksums the shortcut for common frames has its say.
    const bool checksum = name_of(one.problem).ends_with("_bad_checksum") ||
                          one.name == "UDP without a checksum on IPv6";
    if (!checksum) CHECK(name_of(decoded(one.frame, false).problem) == name_of(one.problem));
  }
}

TEST_CASE("every reason of the decoder has a frame that gives it") {
  std::set<DropReason> seen;
  for (const auto& one : all_cases()) seen.insert(one.problem);
  for (auto i = static_cast<unsigned>(DropReason::ethernet_truncated);
       i <= static_cast<unsigned>(DropReason::tunnel_too_deep); ++i) {
    CAPTURE(name_of(static_cast<DropReason>(i)));
    CHECK(seen.contains(static_cast<DropReason>(i)));
  }
}

TEST_CASE("checksums are only judged when asked for") {
  for (const auto& frame :
       {four().tcp(1, 2).bad_checksum().build(), six().udp(1, 2).bad_checksum().build(),
        four().icmp(8, 0).bad_checksum().build()}) {
    CHECK(decoded(frame, false).kind == PacketKind::flow);
    CHECK(decoded(frame, true).kind == PacketKind::malformed);
  }
  const auto frame = four().bad_checksum().tcp(1, 2).build();
  PacketInfo packet;
  decode_ethernet(frame, {.check_ipv4_checksum = false}, packet);
  CHECK(packet.kind == PacketKind::flow);
}

TEST_CASE("just inside a limit is well formed") {
  struct Inside {
    std::string_view name;
    Bytes frame;
  };
  const Inside cases[] = {
      {"8 tags", tags(8)},
      {"16 extensions", extensions(16)},
      {"4 tunnels", tunnels(4)},
      {"last fragment up to 65535", four().fragment(1, 65504, false).payload_bytes(11).build()},
      {"UDP without a checksum on IPv4", four().udp(1, 2).no_checksum().build()},
      {"RST alone", four().tcp(1, 2, kRst).build()},
      {"DHCP discover", ethernet().ipv4("0.0.0.0", "255.255.255.255").udp(68, 67).build()},
      {"nobody to nobody", ethernet().ipv4("0.0.0.0", "0.0.0.0").udp(68, 67).build()},
      {"loopback to itself", ethernet().ipv6("::1", "::1").udp(68, 67).build()},
      {"padding that is not zero",
       four().length(28).udp(1, 2).length(8).no_checksum().payload("tail").build()},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    CHECK(name_of(decoded(one.frame, true).problem) == "none");
  }
}

TEST_CASE("a malformed packet still tells whose it is, once its IP header was read") {
  const auto frame = four().tcp(1, 2, 0).build();
  const auto packet = decoded(frame, false);
  CHECK(to_string(packet.key.a) == kA4);
  CHECK(to_string(packet.key.b) == kB4);
  CHECK(packet.from_a);
}
