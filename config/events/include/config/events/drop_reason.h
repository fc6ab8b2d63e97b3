#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sekisho {

/// Why a packet was dropped or called odd. Each value is also the name of a counter
/// (`drop.<name>`), of the `reason` field of a drop event and of a metric label. `none` is first,
/// `count_` last. X(name)
// clang-format off
#define SEKISHO_DROP_REASONS(X)          \
  X(none)                                \
  /* the decoder */                      \
  X(ethernet_truncated)                  \
  X(vlan_truncated)                      \
  X(vlan_too_many_tags)                  \
  X(pppoe_truncated)                     \
  X(pppoe_bad_length)                    \
  X(mpls_truncated)                      \
  X(ipv4_truncated)                      \
  X(ipv4_wrong_version)                  \
  X(ipv4_bad_header_length)              \
  X(ipv4_bad_total_length)               \
  X(ipv4_bad_checksum)                   \
  X(ipv4_bad_option)                     \
  X(ipv4_fragment_too_large)             \
  X(ipv4_fragment_bad_length)            \
  X(ipv4_land)                           \
  X(ipv6_truncated)                      \
  X(ipv6_wrong_version)                  \
  X(ipv6_bad_payload_length)             \
  X(ipv6_extension_truncated)            \
  X(ipv6_too_many_extensions)            \
  X(ipv6_fragment_too_large)             \
  X(ipv6_fragment_bad_length)            \
  X(ipv6_land)                           \
  X(tcp_truncated)                       \
  X(tcp_bad_header_length)               \
  X(tcp_bad_option)                      \
  X(tcp_bad_flags)                       \
  X(tcp_bad_checksum)                    \
  X(udp_truncated)                       \
  X(udp_bad_length)                      \
  X(udp_bad_checksum)                    \
  X(icmp_truncated)                      \
  X(icmpv6_truncated)                    \
  X(icmp_bad_checksum)                   \
  X(icmp_error_truncated)                \
  X(sctp_truncated)                      \
  X(gre_truncated)                       \
  X(gre_bad_version)                     \
  X(tunnel_too_deep)                     \
  /* the fragment table */               \
  X(fragment_table_full)                 \
  X(fragment_before_first)               \
  X(fragment_overlap)                    \
  X(fragment_timeout)                    \
  /* the flow table and TCP tracking */  \
  X(flow_table_full)                     \
  X(ips_drop)                            \
  X(ips_reset)                           \
  X(no_inspection_memory)                \
  X(tcp_out_of_window)                   \
  X(tcp_spoofed_reset)                   \
  X(tcp_no_flow)                         \
  X(tcp_syn_on_open_flow)                \
  X(icmp_error_without_flow)             \
  /* datagrams put together again */     \
  X(fragment_differs)                    \
  X(fragment_limit)                      \
  X(fragment_abandoned)                  \
  /* streams put together again */       \
  X(stream_differs)                      \
  X(stream_not_comparable)               \
  X(stream_out_of_window)                \
  X(stream_bad_handshake)                \
  X(stream_bad_acknowledgement)          \
  X(stream_bad_timestamp)                \
  X(stream_bad_reset)                    \
  X(stream_bad_fin)                      \
  X(stream_bad_checksum)                 \
  X(stream_urgent)                       \
  X(stream_limit)                        \
  X(stream_memory)                       \
  /* the policy */                       \
  X(policy_block)                        \
  X(policy_reset)                        \
  X(policy_answer)                       \
  X(web_reputation)                      \
  X(web_reputation_wait)                 \
  X(quarantine)                          \
  X(callback_block)                      \
  X(callback_reset)                      \
  X(callback_sinkhole)                   \
  X(malware)                             \
  X(malware_wait)                        \
  X(no_policy)                           \
  /* the ports */                        \
  X(transmit_queue_full)                 \
  X(transmit_link_down)                  \
  X(receive_ring_full)                   \
  X(no_buffer)
// clang-format on

enum class DropReason : std::uint16_t {
#define X(name) name,
  SEKISHO_DROP_REASONS(X)
#undef X
      count_
};

inline constexpr std::size_t kDropReasons = static_cast<std::size_t>(DropReason::count_);

std::string_view name_of(DropReason reason) noexcept;

}  // namespace sekisho
