#include "dataplane/parse/flow_key.h"
#include "extension_headers.h"
#include "icmp_types.h"
#include "numbers.h"
#include "walk.h"
#include "wire.h"

namespace sekisho::dataplane {
namespace {

/// The start of a packet as a router sent it back: lengths may exceed what is there, checksums and
/// time to live may have changed on the way, so only what the key needs is looked at.
struct Embedded {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
  bool is_ipv4 = false;
  bool later_fragment = false;
  std::size_t at = 0;  // transport
};

DropReason read_ipv4_header(const Walk& walk, std::size_t at, Embedded& embedded) noexcept {
  const auto* ip = walk.frame + at;
  if (walk.end - at < kIpv4Header) return DropReason::icmp_error_truncated;
  if (ip[0] >> 4 != 4) return DropReason::ipv4_wrong_version;
  const std::size_t header_bytes = (ip[0] & std::size_t{0x0f}) * 4;
  if (header_bytes < kIpv4Header) return DropReason::ipv4_bad_header_length;
  if (header_bytes > walk.end - at) return DropReason::icmp_error_truncated;
  embedded = {.source = load_ipv4(ip + 12),
              .destination = load_ipv4(ip + 16),
              .protocol = ip[9],
              .is_ipv4 = true,
              .later_fragment = (load_be16(ip + 6) & 0x1fff) != 0,
              .at = at + header_bytes};
  return DropReason::none;
}

DropReason read_ipv6_header(const Walk& walk, std::size_t at, Embedded& embedded) noexcept {
  const auto* ip = walk.frame + at;
  if (walk.end - at < kIpv6Header) return DropReason::icmp_error_truncated;
  if (ip[0] >> 4 != 6) return DropReason::ipv6_wrong_version;
  const auto chain = read_extension_headers(walk.frame, at + kIpv6Header, walk.end, ip[6]);
  if (chain.problem == DropReason::ipv6_extension_truncated)
    return DropReason::icmp_error_truncated;
  if (chain.problem != DropReason::none) return chain.problem;
  embedded = {.source = load_ipv6(ip + 8),
              .destination = load_ipv6(ip + 24),
              .protocol = chain.protocol,
              .is_ipv4 = false,
              .later_fragment = chain.fragment_offset != 0,
              .at = chain.at};
  return DropReason::none;
}

/// The IP header inside `embedded`, when it is a tunnel and enough of it came back.
bool step_into_tunnel(const Walk& walk, Embedded& embedded) noexcept {
  if (embedded.later_fragment) return false;
  bool inner_is_ipv4 = embedded.protocol == kProtocolIpv4;
  std::size_t at = embedded.at;
  if (embedded.protocol == kProtocolGre) {
    const auto gre = read_gre(walk.frame + at, walk.end - at);
    if (gre.problem != DropReason::none || gre.ethertype == 0) return false;
    inner_is_ipv4 = gre.ethertype == kEthertypeIpv4;
    at += gre.bytes;
  } else if (!inner_is_ipv4 && embedded.protocol != kProtocolIpv6) {
    return false;
  }
  Embedded inner;
  const auto problem =
      inner_is_ipv4 ? read_ipv4_header(walk, at, inner) : read_ipv6_header(walk, at, inner);
  if (problem != DropReason::none) return false;
  embedded = inner;
  return true;
}

bool has_identifier(const Embedded& embedded, const std::uint8_t* icmp) noexcept {
  if (embedded.protocol != (embedded.is_ipv4 ? kProtocolIcmp : kProtocolIcmpv6)) return false;
  return is_icmp_echo(icmp[0], embedded.is_ipv4);
}

}  // namespace

DropReason read_embedded(Walk& walk, bool is_ipv4) noexcept {
  Embedded embedded;
  const auto problem = is_ipv4 ? read_ipv4_header(walk, walk.at, embedded)
                               : read_ipv6_header(walk, walk.at, embedded);
  if (problem != DropReason::none) return problem;
  auto& out = walk.out;
  while (out.key.tunnel < kMaxTunnels && step_into_tunnel(walk, embedded)) ++out.key.tunnel;

  std::uint16_t source_port = 0, destination_port = 0;
  const auto* transport = walk.frame + embedded.at;
  const bool with_ports = embedded.protocol == kProtocolTcp || embedded.protocol == kProtocolUdp ||
                          embedded.protocol == kProtocolSctp ||
                          embedded.protocol == kProtocolIcmp ||
                          embedded.protocol == kProtocolIcmpv6;
  if (with_ports && !embedded.later_fragment) {
    // RFC 792: at least 64 bits of the original data, which is where the ports are.
    if (walk.end - embedded.at < 8) return DropReason::icmp_error_truncated;
    if (has_identifier(embedded, transport)) {
      source_port = destination_port = load_be16(transport + 4);
    } else if (embedded.protocol != kProtocolIcmp && embedded.protocol != kProtocolIcmpv6) {
      source_port = load_be16(transport);
      destination_port = load_be16(transport + 2);
    }
    if (embedded.protocol == kProtocolTcp) out.tcp_seq = load_be32(transport + 4);
  }
  out.key.protocol = embedded.protocol;
  out.from_a =
      set_ends(out.key, embedded.source, source_port, embedded.destination, destination_port);
  out.kind = PacketKind::icmp_error;
  return DropReason::none;
}

}  // namespace sekisho::dataplane
