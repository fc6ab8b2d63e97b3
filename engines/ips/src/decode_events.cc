#include "decode_events.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sekisho::engines::ips {
namespace {

constexpr auto kNames = std::to_array<std::pair<DropReason, std::string_view>>({
    {DropReason::ethernet_truncated, "ethernet.pkt_too_small"},
    {DropReason::vlan_truncated, "vlan.header_too_small"},
    {DropReason::vlan_too_many_tags, "vlan.too_many_layers"},
    {DropReason::pppoe_truncated, "pppoe.pkt_too_small"},
    {DropReason::pppoe_bad_length, "pppoe.malformed_tags"},
    {DropReason::mpls_truncated, "mpls.header_too_small"},
    {DropReason::ipv4_truncated, "ipv4.trunc_pkt"},
    {DropReason::ipv4_wrong_version, "ipv4.wrong_ip_version"},
    {DropReason::ipv4_bad_header_length, "ipv4.hlen_too_small"},
    {DropReason::ipv4_bad_total_length, "ipv4.iplen_smaller_than_hlen"},
    {DropReason::ipv4_bad_option, "ipv4.opt_malformed"},
    {DropReason::ipv4_fragment_too_large, "ipv4.frag_pkt_too_large"},
    {DropReason::ipv6_truncated, "ipv6.trunc_pkt"},
    {DropReason::ipv6_bad_payload_length, "ipv6.trunc_pkt"},
    {DropReason::ipv6_wrong_version, "ipv6.wrong_ip_version"},
    {DropReason::ipv6_extension_truncated, "ipv6.trunc_exthdr"},
    {DropReason::ipv6_fragment_too_large, "ipv6.frag_pkt_too_large"},
    {DropReason::ipv6_fragment_bad_length, "ipv6.frag_invalid_length"},
    {DropReason::tcp_truncated, "tcp.pkt_too_small"},
    {DropReason::tcp_bad_header_length, "tcp.hlen_too_small"},
    {DropReason::tcp_bad_option, "tcp.opt_invalid_len"},
    {DropReason::udp_truncated, "udp.pkt_too_small"},
    {DropReason::udp_bad_length, "udp.len_invalid"},
    {DropReason::icmp_truncated, "icmpv4.pkt_too_small"},
    {DropReason::icmpv6_truncated, "icmpv6.pkt_too_small"},
    {DropReason::icmp_error_truncated, "icmpv4.ipv4_trunc_pkt"},
    {DropReason::sctp_truncated, "sctp.pkt_too_small"},
    {DropReason::gre_truncated, "gre.pkt_too_small"},
    {DropReason::gre_bad_version, "gre.wrong_version"},
});

}  // namespace

std::string_view decode_event_of(DropReason problem) noexcept {
  if (problem == DropReason::none) return {};
  const auto* const found = std::find_if(
      kNames.begin(), kNames.end(), [problem](const auto& name) { return name.first == problem; });
  return found == kNames.end() ? std::string_view() : found->second;
}

}  // namespace sekisho::engines::ips
