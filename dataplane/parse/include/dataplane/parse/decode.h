#pragma once

#include <cstdint>
#include <span>

#include "dataplane/parse/packet_info.h"

namespace sekisho::dataplane {

/// What the frame begins with; values are libpcap's DLT_ numbers that carry IP.
enum class LinkType : std::uint16_t {
  null = 0,
  ethernet = 1,
  ppp = 9,
  raw = 12,
  ppp_ether = 51,
  c_hdlc = 104,
  loop = 108,
  linux_sll = 113,
  raw_ip = 101,
  ipv4 = 228,
  ipv6 = 229,
  linux_sll2 = 276,
};

struct DecodeOptions {
  bool check_ipv4_checksum = true;        // cheap: the header is at hand
  bool check_transport_checksum = false;  // touches the payload; the NIC's job where it can
};

/// Parses L2-L4 of `frame` once, in wire order: Ethernet, up to 8 VLAN tags, PPPoE session, MPLS is
/// left alone, IPv4/IPv6 with every extension header, IP-in-IP, 6in4, 4in6, GRE down to 4 levels,
/// TCP, UDP, ICMP(v6), SCTP. Sets every field of `out` that `out.kind` makes meaningful. Never
/// reads outside `frame`, allocates or throws. RFC 791, 8200, 9293, 768, 792, 4443, 9260, 2784,
/// 2516, IEEE 802.1Q.
void decode_ethernet(std::span<const std::uint8_t> frame, const DecodeOptions& options,
                     PacketInfo& out) noexcept;

/// The same for captures of other link types; a type without a decoder gives kind not_ip.
void decode(LinkType link, std::span<const std::uint8_t> frame, const DecodeOptions& options,
            PacketInfo& out) noexcept;

/// Symmetric hash of the outermost IP address pair, for spreading frames over workers: both
/// directions, all fragments and every flow between two hosts get the same value. An ICMP error
/// hashes like the packet it is about. 0: not IP.
std::uint32_t spread_hash(std::span<const std::uint8_t> frame) noexcept;

}  // namespace sekisho::dataplane
