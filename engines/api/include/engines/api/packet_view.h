#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "config/base/address.h"

namespace sekisho::engines {

/// How a packet came to be looked at.
enum class PacketOrigin : std::uint8_t {
  wire,
  defragmentation,  // put together from fragments
  gre,              // the others: found inside a tunnel
  ipv4,
  ipv6,
  teredo,
  vxlan,
  geneve,
};

/// One packet as engines see it, after decoding; everything is lent for the call. A reassembled
/// datagram has the headers of its first fragment and the whole payload. Integers in host order;
/// spans are empty when the packet has no such header.
struct PacketView {
  std::span<const std::uint8_t> frame;      // from the first layer-2 byte
  std::span<const std::uint8_t> ip_header;  // innermost, with options or extension headers
  std::span<const std::uint8_t> transport_header;
  std::span<const std::uint8_t> payload;  // of the transport, or of IP when there is none
  IpAddress source;
  IpAddress destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t ip_protocol = 0;       // after extension headers
  std::uint8_t ttl = 0;               // or hop limit
  std::uint8_t tos = 0;               // or traffic class
  std::uint16_t ip_id = 0;            // IPv4
  std::uint16_t fragment_offset = 0;  // bytes
  bool more_fragments = false;
  bool is_fragment = false;  // not (yet) reassembled
  bool is_reassembled = false;
  std::uint8_t tcp_flags = 0;  // all 8 bits
  std::uint32_t tcp_sequence = 0;
  std::uint32_t tcp_acknowledgement = 0;
  std::uint16_t tcp_window = 0;
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  std::uint8_t num_vlans = 0;
  std::uint16_t vlans[3] = {};  // outermost first
  std::uint16_t ethertype = 0;  // behind tags
  std::uint16_t link_type = 1;  // how `frame` begins: DLT number
  std::uint32_t vxlan_vni = 0xffffffff;
  std::uint64_t time_ns = 0;  // Unix time
  std::uint64_t number = 0;   // of the packet in a capture, from 1; 0: live
  /// What is odd about it, as rules name it: "ipv4.trunc_pkt", "ipv6.frag_overlap".
  std::span<const std::string_view> oddities;
  std::uint16_t sctp_chunks = 0;
  PacketOrigin origin = PacketOrigin::wire;
  std::uint8_t depth = 0;               // tunnels around it
  const PacketView* carrier = nullptr;  // the outermost of them
  bool bad_ip_checksum = false;
  bool bad_transport_checksum = false;
};

}  // namespace sekisho::engines
