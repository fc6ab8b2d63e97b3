#include "dataplane/parse/flow_key.h"
#include "icmp_types.h"
#include "numbers.h"
#include "tcp_header.h"
#include "walk.h"
#include "wire.h"

namespace sekisho::dataplane {
namespace {

/// Key, direction and kind of a packet that is what it seems.
void set_flow(Walk& walk, std::uint16_t source_port, std::uint16_t destination_port) noexcept {
  auto& out = walk.out;
  out.key.protocol = walk.protocol;
  out.from_a = set_ends(out.key, walk.source, source_port, walk.destination, destination_port);
  out.kind = walk.fragment ? PacketKind::first_fragment : PacketKind::flow;
}

/// `header_bytes` of transport header are there.
void set_payload(Walk& walk, std::size_t header_bytes) noexcept {
  walk.out.payload_offset = static_cast<std::uint16_t>(walk.at + header_bytes);
  walk.out.payload_bytes = static_cast<std::uint16_t>(walk.available() - header_bytes);
}

/// Over [at, at + bytes), with the pseudo header of RFC 9293 §3.1 or RFC 8200 §8.1.
bool checksum_fails(const Walk& walk, std::size_t bytes, bool pseudo_header) noexcept {
  if (!walk.options.check_transport_checksum || walk.fragment) return false;
  auto sum = sum_words(walk.here(), bytes);
  if (pseudo_header) {
    if (!walk.end_addresses_known) return false;
    const auto* ip = walk.frame + walk.out.ip_offset;
    sum += walk.out.is_ipv4 ? sum_words(ip + 12, 8) : sum_words(ip + 8, 32);
    sum += __builtin_bswap16(static_cast<std::uint16_t>(bytes));
    sum += std::uint64_t{walk.protocol} << 8;
  }
  return !is_intact(sum);
}

DropReason read_tcp_packet(Walk& walk) noexcept {
  const auto problem = walk.options.for_detection
                           ? read_tcp<true>(walk.here(), walk.available(), walk.out)
                           : read_tcp(walk.here(), walk.available(), walk.out);
  if (problem != DropReason::none) return problem;
  if (checksum_fails(walk, walk.available(), true)) return DropReason::tcp_bad_checksum;
  set_payload(walk, walk.out.payload_offset);
  set_flow(walk, load_be16(walk.here()), load_be16(walk.here() + 2));
  return DropReason::none;
}

DropReason read_udp_packet(Walk& walk) noexcept {
  const auto* udp = walk.here();
  if (walk.available() < kUdpHeader) return DropReason::udp_truncated;
  const std::size_t length = load_be16(udp + 4);
  if (length < kUdpHeader) return DropReason::udp_bad_length;
  if (length > walk.available() && !walk.fragment) return DropReason::udp_bad_length;
  if (length < walk.available()) walk.end = walk.at + length;  // UDP options (RFC 9868) stay out
  const bool unused = load_be16(udp + 6) == 0 && walk.out.is_ipv4;
  if (!unused && checksum_fails(walk, walk.available(), true)) return DropReason::udp_bad_checksum;
  set_payload(walk, kUdpHeader);
  set_flow(walk, load_be16(udp), load_be16(udp + 2));
  return DropReason::none;
}

DropReason read_icmp_packet(Walk& walk) noexcept {
  const auto* icmp = walk.here();
  const bool v4 = walk.out.is_ipv4;
  if (walk.available() < kIcmpHeader)
    return v4 ? DropReason::icmp_truncated : DropReason::icmpv6_truncated;
  if (checksum_fails(walk, walk.available(), !v4)) return DropReason::icmp_bad_checksum;
  walk.out.icmp_type = icmp[0];
  walk.out.icmp_code = icmp[1];
  set_payload(walk, kIcmpHeader);
  // An error cut into fragments is rare enough to be judged as a flow of its own.
  if (!walk.fragment && is_icmp_error(icmp[0], v4)) {
    walk.at += kIcmpHeader;
    const auto problem = read_embedded(walk, v4);
    if (problem == DropReason::none || !walk.options.for_detection) return problem;
    walk.at -= kIcmpHeader;
  }
  if (walk.options.for_detection) {
    set_flow(walk, icmp[0], icmp_counterpart(icmp[0], v4));
    return DropReason::none;
  }
  const auto port = is_icmp_echo(icmp[0], v4) ? load_be16(icmp + 4) : std::uint16_t{0};
  set_flow(walk, port, port);
  return DropReason::none;
}

DropReason read_sctp_packet(Walk& walk) noexcept {
  if (walk.available() < kSctpHeader) return DropReason::sctp_truncated;
  set_payload(walk, kSctpHeader);
  set_flow(walk, load_be16(walk.here()), load_be16(walk.here() + 2));
  return DropReason::none;
}

DropReason read_gre_packet(Walk& walk) noexcept {
  const auto gre = read_gre(walk.here(), walk.available());
  if (gre.problem != DropReason::none) return gre.problem;
  set_payload(walk, gre.bytes);
  set_flow(walk, 0, 0);
  return DropReason::none;
}

}  // namespace

DropReason read_transport(Walk& walk) noexcept {
  auto& out = walk.out;
  out.protocol = walk.protocol;
  out.transport_offset = static_cast<std::uint16_t>(walk.at);
  if (out.fragment_offset != 0 || (walk.fragment && walk.options.for_detection)) {
    set_payload(walk, 0);
    set_flow(walk, 0, 0);
    if (out.fragment_offset != 0) out.kind = PacketKind::later_fragment;
    return DropReason::none;
  }
  switch (walk.protocol) {
    case kProtocolTcp:
      return read_tcp_packet(walk);
    case kProtocolUdp:
      return read_udp_packet(walk);
    case kProtocolSctp:
      return read_sctp_packet(walk);
    case kProtocolGre:
      return read_gre_packet(walk);
    case kProtocolIcmp:
      if (out.is_ipv4) return read_icmp_packet(walk);
      break;
    case kProtocolIcmpv6:
      if (!out.is_ipv4) return read_icmp_packet(walk);
      break;
    default:
      break;
  }
  set_payload(walk, 0);
  set_flow(walk, 0, 0);
  return DropReason::none;
}

}  // namespace sekisho::dataplane
