#pragma once

#include <array>
#include <cstdint>

#include "config/base/address.h"
#include "config/events/drop_reason.h"

namespace sekisho::dataplane {

/// A flow's identity, the same for both directions: the end with the smaller (address, port),
/// lexicographically, is `a` (set_ends() in flow_key.h). Compared and hashed as 48 raw bytes, so
/// every byte is always set.
struct alignas(16) FlowKey {
  IpAddress a;
  IpAddress b;
  std::uint16_t port_a = 0;  // host order; ICMP echo: identifier on both sides; else 0
  std::uint16_t port_b = 0;
  std::uint16_t vlan = 0;        // outer VLAN id; 0 when untagged
  std::uint16_t inner_vlan = 0;  // QinQ
  std::uint8_t protocol = 0;
  std::uint8_t segment = 0;  // bridge segment; filled by whoever received the packet
  std::uint8_t tunnel = 0;   // 0 outermost; 1.. inside that many tunnels
  std::uint8_t reserved = 0;
  std::uint16_t third_vlan = 0;  // inside QinQ
  std::uint8_t reserved_too[2] = {};
};
static_assert(sizeof(FlowKey) == 48);

enum class PacketKind : std::uint8_t {
  not_ip,          // ARP, LLDP, STP, EAPOL, MPLS, PPPoE control, ...: bridged as it is
  flow,            // whole packet of the flow in `key`
  first_fragment,  // has ports
  later_fragment,  // key's ports are 0, and of IPv6 the protocol may be that of an extension
                   // header: the fragment table knows the flow
  icmp_error,      // `key` is that of the packet it is about (the embedded one)
  malformed,       // `problem` says how; of the key only the addresses count, for the log: those
                   // of the innermost IP header that could be read, else zero
};

inline constexpr std::uint8_t kNoWindowScale = 0xff;

/// What one pass over a frame's headers learned. Offsets are from the start of the frame; integers
/// in host order.
struct alignas(64) PacketInfo {
  FlowKey key;
  std::uint32_t tcp_seq;  // of an ICMP error: of the embedded segment
  std::uint32_t tcp_ack;
  std::uint16_t tcp_window;
  std::uint8_t tcp_flags;  // all 8 bits
  // 0-14; kNoWindowScale when the option is absent; only read from SYNs
  std::uint8_t tcp_window_scale;
  PacketKind kind;
  std::uint8_t ttl;               // or hop limit
  bool from_a;                    // the sender is `key.a`; of an ICMP error: of the embedded packet
  bool is_ipv4;                   // of the innermost header
  std::uint32_t fragment_id;      // of a fragment
  std::uint32_t fragment_offset;  // bytes
  std::uint16_t fragment_bytes;   // payload of this fragment
  bool more_fragments;
  std::uint8_t icmp_type;
  std::uint8_t icmp_code;
  std::uint8_t protocol;    // transport after extension headers; of the packet itself
  DropReason problem;       // none unless malformed
  std::uint16_t ip_offset;  // innermost IP header
  std::uint16_t transport_offset;
  std::uint16_t payload_offset;  // transport payload; not_ip: what the ethertype speaks of, or 0
  std::uint16_t payload_bytes;   // ends at the IP length: Ethernet padding excluded
  std::uint16_t ip_id;           // IPv4
  std::uint16_t ethertype;       // behind tags
};

/// TCP flag bits as on the wire (RFC 9293 §3.1).
inline constexpr std::uint8_t kTcpFin = 0x01, kTcpSyn = 0x02, kTcpRst = 0x04, kTcpPsh = 0x08,
                              kTcpAck = 0x10, kTcpUrg = 0x20;

}  // namespace sekisho::dataplane
