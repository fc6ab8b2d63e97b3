#include "dataplane/parse/examine.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "packets/packet_builder.h"

namespace {

using namespace sekisho;
using namespace sekisho::packets;
using dataplane::Examination;
using dataplane::examine;
using dataplane::LinkType;

constexpr std::string_view kA4 = "192.0.2.1", kB4 = "198.51.100.2";
constexpr std::string_view kA6 = "2001:db8::1", kB6 = "2001:db8:1::2";

PacketBuilder four() { return ethernet().ipv4(kA4, kB4); }
PacketBuilder six() { return ethernet().ipv6(kA6, kB6); }

struct Case {
  std::string_view event;
  Bytes frame;
  LinkType link = LinkType::ethernet;
};

Bytes bytes_of(std::initializer_list<std::uint8_t> bytes) { return Bytes(bytes); }

std::vector<Case> network_cases() {
  const auto only_pad = bytes_of({1, 4, 0, 0, 0, 0}), unknown = bytes_of({0x1e, 4, 0, 0, 0, 0});
  const auto too_long = bytes_of({5, 9, 0, 0, 0, 0});
  return {
      {"ethernet.pkt_too_small", Bytes(13)},
      {"ethernet.unknown_ethertype", ethernet().ethertype(0xfbb7).payload_bytes(46).build()},
      {"vlan.unknown_type", ethernet().vlan(5).ethertype(0xfbb7).payload_bytes(46).build()},
      {"vlan.too_many_layers",
       ethernet().vlan(1).vlan(2).vlan(3).vlan(4).ipv4(kA4, kB4).udp(1, 2).build()},
      {"ipraw.invalid_ip_version", Bytes(20, 0x70), LinkType::raw},
      {"ipv4.trunc_pkt", four().udp(1, 2).payload_bytes(40).truncate(60).build()},
      {"ipv4.hlen_too_small", four().header_length(4).udp(1, 2).build()},
      {"ipv4.opt_pad_required", four().options(bytes_of({148, 4, 0, 0})).udp(1, 2).build()},
      {"ipv4.opt_invalid_len", four().options(bytes_of({148, 3, 0, 0})).udp(1, 2).build()},
      {"ipv4.unknown_protocol", four().protocol(253).payload_bytes(8).build()},
      {"ipv6.trunc_pkt", six().udp(1, 2).payload_bytes(40).truncate(70).build()},
      {"ipv6.rh_type_0", six().routing(0).udp(1, 2).build()},
      {"ipv6.exthdr_dupl_rh", six().routing().routing().udp(1, 2).build()},
      {"ipv6.exthdr_useless_fh", six().fragment6(7, 0, false).udp(1, 2).build()},
      {"ipv6.hopopts_only_padding", six().hop_by_hop(only_pad).udp(1, 2).build()},
      {"ipv6.hopopts_unknown_opt", six().hop_by_hop(unknown).udp(1, 2).build()},
      {"ipv6.exthdr_invalid_optlen", six().destination_options(too_long).udp(1, 2).build()},
      {"ipv6.unknown_next_header", six().protocol(253).payload_bytes(8).build()},
      {"ipv6.frag_invalid_length",
       six().fragment6(7, 0, true).protocol(17).payload_bytes(9).build()},
  };
}

std::vector<Case> transport_cases() {
  return {
      {"tcp.pkt_too_small", four().protocol(6).payload_bytes(19).build()},
      {"tcp.hlen_too_small", four().tcp(1, 2).header_length(4).build()},
      {"tcp.opt_invalid_len", four().tcp(1, 2).tcp_options(bytes_of({3, 4, 1, 0})).build()},
      {"tcp.opt_duplicate", four().tcp(1, 2).tcp_options(bytes_of({4, 2, 4, 2})).build()},
      {"udp.len_invalid", four().udp(1, 2).length(7).build()},
      {"udp.pkt_too_small", four().udp(1, 2).length(9).build()},
      {"icmpv4.unknown_type", four().icmp(77, 0).build()},
      {"icmpv4.unknown_code", four().icmp(3, 16).build()},
      {"icmpv6.unassigned_type", six().icmp(102, 0).build()},
      {"icmpv6.experimentation_type", six().icmp(200, 0).build()},
      {"gre.wrong_version", four().gre().version(2).build()},
      {"esp.pkt_too_small", four().protocol(50).payload_bytes(7).build()},
      {"igmp.pkt_too_small", four().protocol(2).payload_bytes(7).build()},
      {"sctp.pkt_too_small", four().protocol(132).payload_bytes(11).build()},
  };
}

bool has(const Examination& found, std::string_view event) {
  const auto names = found.events.names();
  return std::find(names.begin(), names.end(), event) != names.end();
}

}  // namespace

TEST_CASE("what is odd about link and network headers has its name") {
  for (const auto& one : network_cases()) {
    INFO(one.event);
    Examination found;
    examine(one.link, one.frame, found);
    CHECK(has(found, one.event));
  }
}

TEST_CASE("what is odd about transport headers has its name") {
  for (const auto& one : transport_cases()) {
    INFO(one.event);
    Examination found;
    examine(one.link, one.frame, found);
    CHECK(has(found, one.event));
    CHECK(found.is_ip);
  }
}

TEST_CASE("ordinary packets have nothing odd, and plain ones are known without a look") {
  for (const auto& frame :
       {four().udp(1, 2).payload("x").build(), six().udp(1, 2).payload("x").build(),
        four().tcp(1, 2).build(), four().icmp_echo(1, 2).build(), six().icmp_echo(1, 2).build(),
        four().sctp(1, 2).build()}) {
    Examination found;
    examine(LinkType::ethernet, frame, found);
    CHECK(found.events.names().empty());
  }
  dataplane::PacketInfo info;
  const auto plain = four().udp(1, 2).payload("x").build();
  dataplane::decode_ethernet(plain, {}, info);
  CHECK(dataplane::is_plain(plain, info));
  const auto optional = four().options(bytes_of({148, 4, 0, 0})).udp(1, 2).build();
  dataplane::decode_ethernet(optional, {}, info);
  CHECK_FALSE(dataplane::is_plain(optional, info));
}

TEST_CASE("plain packets have nothing odd, whatever their bytes are") {
  std::mt19937 random(20261121);
  const Bytes seeds[] = {four().tcp(1, 2).payload_bytes(20).build(),
                         six().udp(1, 2).payload_bytes(20).build(),
                         six().hop_by_hop().tcp(1, 2).build(), four().gre().build()};
  for (int round = 0; round < 20'000; ++round) {
    auto frame = seeds[random() % std::size(seeds)];
    for (unsigned changes = random() % 4; changes > 0; --changes)
      frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
    frame.resize(frame.size() - random() % 8);
    dataplane::PacketInfo info;
    dataplane::decode_ethernet(frame, {.check_ipv4_checksum = false}, info);
    Examination found;
    examine(LinkType::ethernet, frame, found);
    if (dataplane::is_plain(frame, info) && info.key.tunnel == 0) {
      const auto names = found.events.names();
      INFO((names.empty() ? std::string() : std::string(names.front())));
      CHECK(names.empty());
    }
  }
}
