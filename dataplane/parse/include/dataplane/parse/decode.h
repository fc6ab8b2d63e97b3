#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/parse/packet_info.h"

namespace sekisho::dataplane {

/// What the frame begins with; values are libpcap's DLT_ numbers (on Linux) that carry IP.
enum class LinkType : std::uint16_t {
  null = 0,
  ethernet = 1,
  token_ring = 6,
  arcnet = 7,  // BSD
  slip = 8,    // behind 16 bytes of the capturing system
  ppp = 9,
  fddi = 10,
  atm_rfc1483 = 11,  // LLC
  raw = 12,
  slip_bsdos = 15,  // behind 24
  ppp_bsdos = 16,
  atm_clip = 19,
  ppp_hdlc = 50,
  ppp_ether = 51,
  symantec_firewall = 99,
  raw_ip = 101,  // the file's number for raw
  c_hdlc = 104,
  ieee802_11 = 105,  // data frames in the clear; of an A-MSDU the first frame
  frame_relay = 107,
  loop = 108,
  enc = 109,
  hdlc = 112,  // NetBSD: as ppp_hdlc
  linux_sll = 113,
  pflog = 117,
  prism = 119,             // 802.11 behind a Prism header
  ip_over_fc = 122,        // RFC 2625
  sunatm = 123,            // LANE or LLC
  ieee802_11_radio = 127,  // behind radiotap
  arcnet_linux = 129,
  ip_over_ieee1394 = 138,
  ieee802_11_avs = 163,  // behind an AVS header
  ppp_pppd = 166,
  juniper_ether = 178,
  juniper_ppp = 179,
  juniper_frame_relay = 180,
  juniper_c_hdlc = 181,
  ppi = 192,  // any of these but ppi and pktap behind it
  ppp_with_direction = 204,
  c_hdlc_with_direction = 205,
  frame_relay_with_direction = 206,
  mpls = 219,  // labels, then IP by its version
  ipnet = 226,
  ipv4 = 228,
  ipv6 = 229,
  nflog = 239,  // attributes in little-endian order
  netanalyzer = 240,
  netanalyzer_transparent = 241,
  ipoib = 242,  // behind a GRH
  pktap = 258,  // Darwin: likewise
  linux_sll2 = 276,
  dsa_tag_brcm = 281,
  dsa_tag_brcm_prepend = 282,
  dsa_tag_dsa = 284,
  dsa_tag_edsa = 285,
};

/// Whether there is a decoder for it; enumerators all have one.
bool can_decode(LinkType link) noexcept;

struct DecodeOptions {
  bool check_ipv4_checksum = true;        // cheap: the header is at hand
  bool check_transport_checksum = false;  // touches the payload; the NIC's job where it can
  /// For a listener that knows better than to believe in one meaning: tunnels are flows of their
  /// own (look_inside() goes further), and what merely looks like an attack (LAND, impossible TCP
  /// flags, bad options, errors about nothing) is a packet of a flow all the same. Ports of ICMP
  /// are its type and the one that answers it; fragments have none.
  bool for_detection = false;
};

/// Parses L2-L4 of `frame` once, in wire order: Ethernet (II, or 802.3 with SNAP), up to 8 VLAN
/// tags (802.1Q, 802.1ad, 0x9100), PPPoE session, IPv4/IPv6 with up to 16 extension headers,
/// IP-in-IP, 6in4, 4in6 and GRE down to 4 levels, TCP, UDP, ICMP(v6), SCTP. Sets every field of
/// `out`; those that `out.kind` gives no meaning are zero. Never reads outside `frame`, allocates
/// or throws. RFC 791, 8200, 9293, 768, 792, 4443, 9260, 2784, 2890, 2516, IEEE 802.1Q.
///
/// - The flow is that of the innermost header. A fragmented tunnel packet is not looked into: all
///   its fragments belong to the tunnel's own flow (protocol 4, 41 or 47, ports 0).
/// - GRE with anything but IP in it (PPTP, Ethernet, RFC 1701 routing), ESP, AH on IPv4 and any
///   other protocol are flows with ports 0.
/// - MPLS is bridged unread, once its label stack ends inside the frame. Jumbograms are refused.
/// - What follows the IP or UDP length is not payload and not an error.
void decode_ethernet(std::span<const std::uint8_t> frame, const DecodeOptions& options,
                     PacketInfo& out) noexcept;

/// The same for any link type, without the shortcut for common Ethernet frames (the result is the
/// same); a type without a decoder gives kind not_ip. A link header cut short is
/// ethernet_truncated, whatever the link.
void decode(LinkType link, std::span<const std::uint8_t> frame, const DecodeOptions& options,
            PacketInfo& out) noexcept;

/// The address pair that decides which worker a frame belongs to: of the outermost IP header, but
/// of an ICMP error that of the packet it is about. Points into the frame, network order.
struct SpreadAddresses {
  const std::uint8_t* source;
  const std::uint8_t* destination;
  bool is_ipv4;   // 4 bytes each, else 16
  bool embedded;  // of the packet that an ICMP error is about
};
/// Nothing: not IP, or no whole IP header there.
std::optional<SpreadAddresses> spread_addresses(std::span<const std::uint8_t> frame) noexcept;

/// Symmetric hash of that address pair, for spreading frames over workers: both directions, all
/// fragments and every flow between two hosts get the same value. Never 0 for IP; 0: no addresses.
std::uint32_t spread_hash(std::span<const std::uint8_t> frame) noexcept;

}  // namespace sekisho::dataplane
