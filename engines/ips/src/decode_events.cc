#include "decode_events.h"

namespace sekisho::engines::ips {

std::string_view decode_event_of(DropReason problem) noexcept {
  switch (problem) {
    case DropReason::ethernet_truncated:
      return "ethernet.pkt_too_small";
    case DropReason::vlan_truncated:
      return "vlan.header_too_small";
    case DropReason::vlan_too_many_tags:
      return "vlan.too_many_layers";
    case DropReason::pppoe_truncated:
      return "pppoe.pkt_too_small";
    case DropReason::pppoe_bad_length:
      return "pppoe.malformed_tags";
    case DropReason::mpls_truncated:
      return "mpls.header_too_small";
    case DropReason::ipv4_truncated:
      return "ipv4.trunc_pkt";
    case DropReason::ipv4_wrong_version:
      return "ipv4.wrong_ip_version";
    case DropReason::ipv4_bad_header_length:
      return "ipv4.hlen_too_small";
    case DropReason::ipv4_bad_total_length:
      return "ipv4.iplen_smaller_than_hlen";
    case DropReason::ipv4_bad_option:
      return "ipv4.opt_malformed";
    case DropReason::ipv4_fragment_too_large:
      return "ipv4.frag_pkt_too_large";
    case DropReason::ipv6_truncated:
    case DropReason::ipv6_bad_payload_length:
      return "ipv6.trunc_pkt";
    case DropReason::ipv6_wrong_version:
      return "ipv6.wrong_ip_version";
    case DropReason::ipv6_extension_truncated:
      return "ipv6.trunc_exthdr";
    case DropReason::ipv6_fragment_too_large:
      return "ipv6.frag_pkt_too_large";
    case DropReason::ipv6_fragment_bad_length:
      return "ipv6.frag_invalid_length";
    case DropReason::tcp_truncated:
      return "tcp.pkt_too_small";
    case DropReason::tcp_bad_header_length:
      return "tcp.hlen_too_small";
    case DropReason::tcp_bad_option:
      return "tcp.opt_invalid_len";
    case DropReason::udp_truncated:
      return "udp.pkt_too_small";
    case DropReason::udp_bad_length:
      return "udp.len_invalid";
    case DropReason::icmp_truncated:
      return "icmpv4.pkt_too_small";
    case DropReason::icmpv6_truncated:
      return "icmpv6.pkt_too_small";
    case DropReason::icmp_error_truncated:
      return "icmpv4.ipv4_trunc_pkt";
    case DropReason::sctp_truncated:
      return "sctp.pkt_too_small";
    case DropReason::gre_truncated:
      return "gre.pkt_too_small";
    case DropReason::gre_bad_version:
      return "gre.wrong_version";
    default:
      return {};
  }
}

}  // namespace sekisho::engines::ips
