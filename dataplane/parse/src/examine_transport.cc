// Oddities of TCP, UDP, SCTP, GRE and ESP headers.
#include "examine_walk.h"
#include "numbers.h"
#include "wire.h"

namespace sekisho::dataplane::examination {
namespace {

constexpr std::uint8_t kIgmp = 2, kEsp = 50;

bool has_right_length(std::uint8_t kind, std::size_t bytes) noexcept {
  switch (kind) {
    case 2:  // maximum segment size
      return bytes == 4;
    case 3:  // window scale
      return bytes == 3;
    case 4:  // SACK permitted
      return bytes == 2;
    case 5:  // SACK
      return bytes > 2 && bytes <= 34 && (bytes - 2) % 8 == 0;
    case 8:  // time stamps
      return bytes == 10;
    case 34:  // fast open cookie (RFC 7413 §4.1.1)
      return bytes == 2 || (bytes >= 6 && bytes <= 18 && bytes % 2 == 0);
    default:
      return true;
  }
}

void tcp_options(const Walk& walk, Bytes options) noexcept {
  constexpr std::uint8_t kEnd = 0, kNop = 1, kOnce = 9;
  std::array<bool, 256> seen{};
  while (!options.empty() && options[0] != kEnd) {
    const auto kind = options[0];
    if (kind == kNop) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2) return;
    const std::size_t bytes = options[1];
    if (bytes < 2 || bytes > options.size()) return walk.odd("tcp.opt_invalid_len");
    if (!has_right_length(kind, bytes))
      walk.odd("tcp.opt_invalid_len");
    else if (seen[kind] && (kind < kOnce || kind == 34))
      walk.odd("tcp.opt_duplicate");
    seen[kind] = true;
    options = options.subspan(bytes);
  }
}

void tcp(const Walk& walk, Bytes bytes) noexcept {
  if (bytes.size() < kTcpHeader) return walk.odd("tcp.pkt_too_small");
  const std::size_t header = std::size_t{bytes[12]} >> 4 << 2;
  if (header < kTcpHeader) return walk.odd("tcp.hlen_too_small");
  if (header > bytes.size()) return walk.odd("tcp.invalid_optlen");
  if (header > kTcpHeader) tcp_options(walk, bytes.first(header).subspan(kTcpHeader));
}

void vxlan(const Walk& walk, Bytes bytes) noexcept {
  constexpr std::size_t kHeader = 8;
  if (bytes.size() < kHeader + kEthernetHeader) return;
  const auto type = load_be16(&bytes[kHeader + 12]);
  constexpr std::uint16_t kArp = 0x0806;
  const bool known = type == kEthertypeIpv4 || type == kEthertypeIpv6 || type == kArp ||
                     type == kEthertypeVlan || type == kEthertypeServiceVlan;
  if (!known) walk.odd("vxlan.unknown_payload_type");
}

void geneve(const Walk& walk, Bytes bytes) noexcept {
  constexpr std::size_t kHeader = 8;
  constexpr std::uint16_t kEthernetType = 0x6558, kArp = 0x0806;
  if (bytes.size() < kHeader || bytes[0] >> 6 != 0) return;
  const auto type = load_be16(&bytes[2]);
  if (type != kEthernetType && type != kEthertypeIpv4 && type != kEthertypeIpv6 && type != kArp)
    walk.odd("geneve.unknown_payload_type");
}

void udp(const Walk& walk, Bytes bytes) noexcept {
  constexpr std::uint16_t kVxlanPort = 4789, kGenevePort = 6081;
  if (bytes.size() < kUdpHeader) return walk.odd("udp.hlen_too_small");
  const std::size_t length = load_be16(&bytes[4]);
  if (length > bytes.size()) return walk.odd("udp.pkt_too_small");
  if (length < kUdpHeader) return walk.odd("udp.len_invalid");
  const auto port = load_be16(&bytes[2]);
  if (port == kVxlanPort) vxlan(walk, bytes.first(length).subspan(kUdpHeader));
  if (port == kGenevePort) geneve(walk, bytes.first(length).subspan(kUdpHeader));
}

/// RFC 9260 §3.2: chunks to the packet's end, each padded to four bytes.
void sctp(const Walk& walk, Bytes bytes) noexcept {
  constexpr std::size_t kChunkHeader = 4;
  constexpr std::uint16_t kManyChunks = 256;  // more than a full frame of the shortest data chunks
  if (bytes.size() < kSctpHeader) return walk.odd("sctp.pkt_too_small");
  bytes = bytes.subspan(kSctpHeader);
  std::uint16_t chunks = 0;
  while (bytes.size() >= kChunkHeader) {
    const std::size_t length = load_be16(&bytes[2]), padded = (length + 3) / 4 * 4;
    if (length < kChunkHeader) break;
    ++chunks;
    if (padded >= bytes.size()) break;
    bytes = bytes.subspan(padded);
  }
  walk.out.sctp_chunks = chunks;
  if (chunks > kManyChunks) walk.odd("sctp.too_many_chunks");
}

constexpr std::uint16_t kChecksum = 0x8000, kRouting = 0x4000, kKey = 0x2000, kSequence = 0x1000,
                        kStrictRouting = 0x0800, kRecursion = 0x0700, kAcknowledgment = 0x0080;

std::size_t field(std::uint16_t flags, std::uint16_t bit) noexcept {
  return (flags & bit) != 0 ? 4 : 0;
}

void erspan(const Walk& walk, std::uint16_t flags, Bytes bytes) noexcept {
  constexpr std::size_t kHeader = 8;
  if (flags == 0) return;  // type I has none
  if (bytes.size() < kHeader) return walk.odd("erspan.header_too_small");
  if (bytes[0] >> 4 != 1) walk.odd("erspan.unsupported_version");
}

/// RFC 1701: source route entries up to an empty one.
bool skip_routes(Bytes& bytes) noexcept {
  constexpr std::size_t kEntry = 4;
  for (;;) {
    if (bytes.size() < kEntry) return false;
    const std::size_t length = bytes[3];
    const bool last = load_be16(&bytes[0]) == 0 && length == 0;
    if (bytes.size() < kEntry + length) return false;
    bytes = bytes.subspan(kEntry + length);
    if (last) return true;
  }
}

void gre_version0(const Walk& walk, std::uint16_t flags, Bytes bytes) noexcept {
  constexpr std::uint16_t kUnused = 0x00f8, kErspan = 0x88be;
  if ((flags & kRecursion) != 0) return walk.odd("gre.version0_recur");
  if ((flags & kUnused) != 0) return walk.odd("gre.version0_flags");
  const auto header =
      4 + field(flags, kChecksum | kRouting) + field(flags, kKey) + field(flags, kSequence);
  if (header > bytes.size()) return walk.odd("gre.version0_hdr_too_big");
  auto payload = bytes.subspan(header);
  if ((flags & kRouting) != 0 && !skip_routes(payload))
    return walk.odd("gre.version0_malformed_sre_hdr");
  if (load_be16(&bytes[2]) == kErspan) erspan(walk, flags, payload);
}

void gre_version1(const Walk& walk, std::uint16_t flags, Bytes bytes) noexcept {
  constexpr std::uint16_t kUnused = 0x0078, kPpp = 0x880b;
  if ((flags & kChecksum) != 0) return walk.odd("gre.version1_chksum");
  if ((flags & kRouting) != 0) return walk.odd("gre.version1_route");
  if ((flags & kStrictRouting) != 0) return walk.odd("gre.version1_ssr");
  if ((flags & kRecursion) != 0) return walk.odd("gre.version1_recur");
  if ((flags & kUnused) != 0) return walk.odd("gre.version1_flags");
  if (load_be16(&bytes[2]) != kPpp) return walk.odd("gre.version1_wrong_protocol");
  if ((flags & kKey) == 0) return walk.odd("gre.version1_no_key");
  const auto header = 4 + 4 + field(flags, kSequence) + field(flags, kAcknowledgment);
  if (header > bytes.size()) walk.odd("gre.version1_hdr_too_big");
}

void gre(const Walk& walk, Bytes bytes) noexcept {
  if (bytes.size() < 4) return walk.odd("gre.pkt_too_small");
  const auto flags = load_be16(&bytes[0]);
  switch (flags & 7) {
    case 0:
      return gre_version0(walk, flags, bytes);
    case 1:
      return gre_version1(walk, flags, bytes);
    default:
      return walk.odd("gre.wrong_version");
  }
}

void ip_in_ipv6(const Walk& walk, Bytes bytes, bool v4) noexcept {
  if (bytes.size() < (v4 ? kIpv4Header : kIpv6Header))
    return walk.odd(v4 ? "ipv6.ipv4_in_ipv6_too_small" : "ipv6.ipv6_in_ipv6_too_small");
  if (bytes[0] >> 4 != (v4 ? 4 : 6))
    walk.odd(v4 ? "ipv6.ipv4_in_ipv6_wrong_version" : "ipv6.ipv6_in_ipv6_wrong_version");
}

}  // namespace

void transport(Walk& walk, std::uint8_t protocol, Bytes bytes) noexcept {
  constexpr std::size_t kEspHeader = 8;
  switch (protocol) {
    case kProtocolTcp:
      return tcp(walk, bytes);
    case kProtocolUdp:
      return udp(walk, bytes);
    case kProtocolSctp:
      return sctp(walk, bytes);
    case kProtocolGre:
      return gre(walk, bytes);
    case kProtocolIcmp:
      return icmpv4(walk, bytes);
    case kProtocolIcmpv6:
      return icmpv6(walk, bytes);
    case kIgmp:
      return igmp(walk, bytes);
    case kEsp:
      if (bytes.size() < kEspHeader) walk.odd("esp.pkt_too_small");
      return;
    case kProtocolIpv4:
    case kProtocolIpv6:
      if (!walk.is_ipv4) ip_in_ipv6(walk, bytes, protocol == kProtocolIpv4);
      return;
    case kProtocolAuthentication:
      return;
    case kProtocolMobility:
    case kProtocolHip:
    case kProtocolShim6:
      if (!walk.is_ipv4) return;
      break;
    default:
      break;
  }
  walk.odd(walk.is_ipv4 ? "ipv4.unknown_protocol" : "ipv6.unknown_next_header");
}

}  // namespace sekisho::dataplane::examination
