#include "packets/link_collection.h"

namespace sekisho::packets {
namespace {

Bytes operator+(Bytes front, const Bytes& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

Bytes zeros(std::size_t count) { return Bytes(count, 0); }

// The packets' sizes, for headers with a length in them.
constexpr std::uint8_t kBytes4 = 29, kBytes6 = 49;

struct Header {
  std::string name;
  std::uint16_t link;
  Bytes before4, before6;
};

/// The same header for both, but for an ethertype at its end.
Header typed(std::string name, std::uint16_t link, const Bytes& before) {
  return {std::move(name), link, before + Bytes{8, 0}, before + Bytes{0x86, 0xdd}};
}

Header same(std::string name, std::uint16_t link, const Bytes& before) {
  return {std::move(name), link, before, before};
}

const Bytes kMacs = {2, 0, 0x5e, 0, 0, 1, 2, 0, 0x5e, 0, 0, 2};
const Bytes kSnap = {0xaa, 0xaa, 3, 0, 0, 0};

std::vector<Header> serial() {
  return {
      same("slip", 8, zeros(16)),
      same("slip_bsdos", 15, zeros(24)),
      {"ppp_hdlc_like", 9, {0xff, 3, 0, 0x21}, {0xff, 3, 0, 0x57}},
      {"ppp_without_address", 9, {0, 0x21}, {0, 0x57}},
      {"ppp_compressed", 9, {0x21}, {0x57}},
      typed("ppp_cisco", 9, {0x0f, 0}),
      {"ppp_hdlc", 50, {0xff, 3, 0, 0x21}, {0xff, 3, 0, 0x57}},
      typed("ppp_hdlc_cisco", 50, {0x8f, 0}),
      {"hdlc", 112, {0xff, 3, 0, 0x21}, {0xff, 3, 0, 0x57}},
      {"ppp_ether",
       51,
       {0x11, 0, 0, 1, 0, kBytes4 + 2, 0, 0x21},
       {0x11, 0, 0, 1, 0, kBytes6 + 2, 0, 0x57}},
      {"ppp_pppd", 166, {1, 3, 0, 0x21}, {0, 3, 0, 0x57}},
      {"ppp_with_direction", 204, {1, 0xff, 3, 0, 0x21}, {0, 0xff, 3, 0, 0x57}},
      {"ppp_bsdos", 16, zeros(5) + Bytes{0, 0x21} + zeros(17),
       zeros(5) + Bytes{0, 0x57} + zeros(17)},
      typed("c_hdlc", 104, {0x0f, 0}),
      typed("c_hdlc_with_direction", 205, {1, 0x0f, 0}),
      {"frame_relay", 107, {0x18, 0x41, 3, 0xcc}, {0x18, 0x41, 3, 0x8e}},
      {"frame_relay_long_address",
       107,
       {0x18, 0x40, 0, 1, 3, 0, 0xcc},
       {0x18, 0x40, 1, 3, 0, 0x8e}},
      {"frame_relay_ppp", 107, {0x18, 0x41, 3, 0xcf, 0, 0x21}, {0x18, 0x41, 3, 0xcf, 0x57}},
      typed("frame_relay_snap", 107, {0x18, 0x41, 3, 0, 0x80, 0, 0, 0}),
      typed("frame_relay_bridged", 107, Bytes{0x18, 0x41, 3, 0, 0x80, 0, 0x80, 0xc2, 0, 7} + kMacs),
      typed("frame_relay_cisco", 107, {0x18, 0x41}),
      {"frame_relay_with_direction", 206, {1, 0x18, 0x41, 3, 0xcc}, {0, 0x18, 0x41, 3, 0x8e}},
  };
}

std::vector<Header> lans() {
  const Bytes routed = {2, 0, 0x5e, 0, 0, 1, 0x82, 0, 0x5e, 0, 0, 2, 6, 0x30, 0, 0x11, 0, 0x20};
  return {
      typed("ethernet", 1, kMacs),
      typed("ethernet_vlan", 1, kMacs + Bytes{0x81, 0, 0, 7}),
      typed("token_ring", 6, Bytes{0x10, 0x40} + kMacs + kSnap),
      typed("token_ring_routed", 6, Bytes{0x10, 0x40} + routed + kSnap),
      typed("fddi", 10, Bytes{0x57} + kMacs + kSnap),
      typed("atm_rfc1483", 11, kSnap),
      typed("atm_rfc1483_bridged", 11, Bytes{0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0} + kMacs),
      {"atm_rfc1483_nlpid", 11, {0xfe, 0xfe, 3, 0xcc}, {0xfe, 0xfe, 3, 0x8e}},
      {"atm_rfc1483_ip_sap", 11, {6, 6, 3}, kSnap + Bytes{0x86, 0xdd}},
      typed("atm_clip", 19, kSnap),
      same("atm_clip_bare", 19, {}),
      typed("sunatm_llc", 123, Bytes{0x82, 0, 0, 40} + kSnap),
      typed("sunatm_lane", 123, Bytes{0x81, 0, 0, 40, 0, 1} + kMacs),
      typed("ip_over_fc", 122, zeros(16) + kSnap),
      {"arcnet", 7, {1, 2, 212, 0, 0, 1}, {1, 2, 196, 0, 0, 1}},
      {"arcnet_exception",
       7,
       {1, 2, 212, 0xff, 0xff, 0xff, 0xff, 0, 0, 1},
       {1, 2, 196, 0xff, 0xff, 0xff, 0xff, 0, 0, 1}},
      {"arcnet_rfc1051", 7, {1, 2, 240}, {1, 2, 196, 0, 0, 1}},
      {"arcnet_linux", 129, {1, 2, 0, 0, 212, 0, 0, 1}, {1, 2, 0, 0, 196, 0, 0, 1}},
      {"arcnet_linux_rfc1051", 129, {1, 2, 0, 0, 240}, {1, 2, 0, 0, 196, 0, 0, 1}},
      typed("ip_over_ieee1394", 138, zeros(16)),
      {"ipoib", 242, zeros(40) + Bytes{8, 0, 0, 0}, zeros(40) + Bytes{0x86, 0xdd, 0, 0}},
      typed("dsa_tag_brcm", 281, kMacs + Bytes{0x20, 0, 0, 1}),
      typed("dsa_tag_brcm_prepend", 282, Bytes{0x20, 0, 0, 1} + kMacs),
      typed("dsa_tag_dsa", 284, kMacs + Bytes{0xe0, 0x10, 0, 7}),
      typed("dsa_tag_edsa", 285, kMacs + Bytes{0xda, 0xda, 0, 0, 0xc0, 0x10, 0, 0}),
  };
}

std::vector<Header> wireless() {
  const auto data = [](std::uint8_t subtype, std::uint8_t flags, std::size_t more) {
    return Bytes{subtype, flags, 0, 0} + kMacs + Bytes{2, 0, 0x5e, 0, 0, 3, 0x10, 0} + zeros(more);
  };
  const auto radiotap = Bytes{0, 0, 8, 0, 0, 0, 0, 0};
  // Two bitmaps; timestamp, then flags that say "padded".
  const auto padding = Bytes{0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0} + zeros(12) + Bytes{0x20};
  const auto aggregate = data(0x88, 1, 0) + Bytes{0x80, 0} + kMacs;
  const auto avs = Bytes{0x80, 0x21, 0x10, 1, 0, 0, 0, 64} + zeros(56);
  const auto prism = Bytes{0x44, 0, 0, 0, 0x90, 0, 0, 0} + zeros(136);
  return {
      typed("ieee802_11_to_station", 105, data(8, 2, 0) + kSnap),
      typed("ieee802_11_to_ds", 105, data(8, 1, 0) + kSnap),
      typed("ieee802_11_four_addresses", 105, data(8, 3, 6) + kSnap),
      typed("ieee802_11_qos", 105, data(0x88, 2, 2) + kSnap),
      typed("ieee802_11_qos_ht_control", 105, data(0x88, 0x82, 6) + kSnap),
      {"ieee802_11_aggregate", 105, aggregate + Bytes{0, kBytes4 + 8} + kSnap + Bytes{8, 0},
       aggregate + Bytes{0, kBytes6 + 8} + kSnap + Bytes{0x86, 0xdd}},
      typed("ieee802_11_radio", 127, radiotap + data(8, 2, 0) + kSnap),
      typed("ieee802_11_radio_padded", 127, padding + data(0x88, 2, 4) + kSnap),
      typed("ieee802_11_avs", 163, avs + data(8, 2, 0) + kSnap),
      typed("prism", 119, prism + data(8, 2, 0) + kSnap),
      typed("prism_avs", 119, avs + data(8, 2, 0) + kSnap),
  };
}

std::vector<Header> capture_headers() {
  const auto mgc = [](std::uint8_t flags) { return Bytes{0x4d, 0x47, 0x43, flags}; };
  const Bytes kernel = {8, 0, 10, 0, 'l', 'a', 'n', 0};  // NFLOG's prefix attribute
  const auto pktap = Bytes{108, 0, 0, 0, 1, 0, 0, 0} + Bytes{1, 0, 0, 0} + zeros(96);
  return {
      {"null", 0, {2, 0, 0, 0}, {30, 0, 0, 0}},
      {"null_big_endian", 0, {0, 0, 0, 2}, {0, 0, 0, 24}},
      {"loop", 108, {0, 0, 0, 2}, {0, 0, 0, 28}},
      same("raw", 12, {}),
      same("raw_ip", 101, {}),
      typed("linux_sll", 113, {0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}),
      {"linux_sll2", 276, Bytes{8, 0} + zeros(18), Bytes{0x86, 0xdd} + zeros(18)},
      {"symantec_firewall", 99, zeros(6) + Bytes{8, 0} + zeros(36),
       zeros(6) + Bytes{0x86, 0xdd} + zeros(36)},
      {"enc", 109, Bytes{2, 0, 0, 0} + zeros(8), Bytes{0, 0, 0, 24} + zeros(8)},
      {"pflog", 117, Bytes{61, 2} + zeros(62), Bytes{61, 24} + zeros(62)},
      {"ipnet", 226, Bytes{1, 2} + zeros(22), Bytes{1, 26} + zeros(22)},
      {"nflog", 239, Bytes{2, 0, 0, 0} + kernel + Bytes{kBytes4 + 4, 0, 9, 0},
       Bytes{10, 0, 0, 0} + kernel + Bytes{kBytes6 + 4, 0, 9, 0}},
      typed("netanalyzer", 240, zeros(4) + kMacs),
      typed("netanalyzer_transparent", 241,
            zeros(4) + Bytes{0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5} + kMacs),
      same("mpls", 219, {0, 1, 0, 64, 0, 1, 1, 64}),
      same("ppi_raw", 192, {0, 0, 12, 0, 101, 0, 0, 0, 1, 2, 3, 4}),
      typed("ppi_ethernet", 192, Bytes{0, 0, 8, 0, 1, 0, 0, 0} + kMacs),
      typed("ppi_ieee802_11", 192,
            Bytes{0, 0, 8, 0, 105, 0, 0, 0, 8, 2, 0, 0} + kMacs + zeros(8) + kSnap),
      typed("pktap", 258, pktap + kMacs),
      typed("juniper_ether", 178, mgc(1) + kMacs),
      typed("juniper_ether_extensions", 178, mgc(0x81) + Bytes{0, 3, 1, 1, 9} + kMacs),
      same("juniper_ether_without_link_layer", 178, mgc(3) + Bytes{0, 0, 0, 2}),
      {"juniper_ppp", 179, mgc(0) + Bytes{0xff, 3, 0, 0x21}, mgc(0) + Bytes{0, 0x57}},
      {"juniper_frame_relay", 180, mgc(0) + Bytes{0x18, 0x41, 3, 0xcc},
       mgc(0) + Bytes{0x18, 0x41, 3, 0x8e}},
      typed("juniper_c_hdlc", 181, mgc(0) + Bytes{0x0f, 0}),
  };
}

}  // namespace

std::vector<LinkFrame> link_collection() {
  const auto packet4 = ipv4("192.0.2.1", "198.51.100.2").udp(1025, 53).payload("q").build();
  const auto packet6 = ipv6("2001:db8::1", "2001:db8:1::2").udp(1025, 53).payload("q").build();
  std::vector<LinkFrame> frames;
  for (const auto& family : {serial(), lans(), wireless(), capture_headers()})
    for (const auto& [name, link, before4, before6] : family) {
      frames.push_back({name, link, true, before4.size(), before4 + packet4});
      frames.push_back({name, link, false, before6.size(), before6 + packet6});
    }
  frames.push_back({"ipv4", 228, true, 0, packet4});
  frames.push_back({"ipv6", 229, false, 0, packet6});
  return frames;
}

}  // namespace sekisho::packets
