// Oddities of ARP, IPv4 and IPv6 headers.
#include <algorithm>

#include "examine_walk.h"
#include "numbers.h"
#include "wire.h"

namespace sekisho::dataplane::examination {
namespace {

constexpr std::size_t kMaxDatagram = 65535;

// RFC 791 §3.1 and the registry of IPv4 options.
constexpr std::uint8_t kEnd = 0, kNop = 1, kRecordRoute = 7, kQuickStart = 25, kTimestamp = 68,
                       kSecurity = 130, kLooseRoute = 131, kExtendedSecurity = 133,
                       kCommercialSecurity = 134, kStreamId = 136, kStrictRoute = 137,
                       kRouterAlert = 148;

enum class OptionFault : std::uint8_t { none, length, malformed, unknown };

OptionFault judge_route(Bytes option) noexcept {
  if (option.size() < 3) return OptionFault::length;
  const auto pointer = option[2];
  return pointer < 4 || pointer % 4 != 0 || pointer > option.size() + 1 ? OptionFault::malformed
                                                                        : OptionFault::none;
}

OptionFault judge_timestamp(Bytes option) noexcept {
  if (option.size() < 4) return OptionFault::length;
  const auto pointer = option[2], kind = static_cast<std::uint8_t>(option[3] & 0x0f);
  if (kind != 0 && kind != 1 && kind != 3) return OptionFault::malformed;
  const unsigned record = kind == 0 ? 4 : 8;
  const bool fits = pointer >= 5 && pointer <= option.size() + 1 && (pointer - 5U) % record == 0;
  return fits ? OptionFault::none : OptionFault::malformed;
}

OptionFault of_length(Bytes option, std::size_t bytes) noexcept {
  return option.size() == bytes ? OptionFault::none : OptionFault::length;
}

OptionFault judge_option(Bytes option) noexcept {
  switch (option[0]) {
    case kRecordRoute:
    case kLooseRoute:
    case kStrictRoute:
      return judge_route(option);
    case kTimestamp:
      return judge_timestamp(option);
    case kQuickStart:
      return of_length(option, 8);
    case kSecurity:
      return of_length(option, 11);
    case kStreamId:
    case kRouterAlert:
      return of_length(option, 4);
    case kExtendedSecurity:
      return option.size() < 3 ? OptionFault::length : OptionFault::none;
    case kCommercialSecurity:
      return option.size() < 8 ? OptionFault::malformed : OptionFault::none;
    default:
      return OptionFault::unknown;
  }
}

void ipv4_options(const Walk& walk, Bytes options) noexcept {
  std::array<bool, 256> seen{};
  if (options.size() % 8 != 0) walk.odd("ipv4.opt_pad_required");
  while (!options.empty() && options[0] != kEnd) {
    if (options[0] == kNop) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2) return walk.odd("ipv4.opt_eol_required");
    const std::size_t bytes = options[1];
    if (bytes < 2 || bytes > options.size()) return walk.odd("ipv4.opt_invalid_len");
    switch (judge_option(options.first(bytes))) {
      case OptionFault::none:
        if (seen[options[0]]) walk.odd("ipv4.opt_duplicate");
        break;
      case OptionFault::length:
        return walk.odd("ipv4.opt_invalid_len");
      case OptionFault::malformed:
        return walk.odd("ipv4.opt_malformed");
      case OptionFault::unknown:
        walk.odd("ipv4.opt_invalid");
        break;
    }
    seen[options[0]] = true;
    options = options.subspan(bytes);
  }
}

/// How often each extension header was there.
struct Seen {
  unsigned hop_by_hop = 0, destination = 0, routing = 0, fragment = 0, authentication = 0, esp = 0;
};

/// Options of a hop-by-hop or destination header (RFC 8200 §4.2).
void ipv6_options(const Walk& walk, Bytes options, bool hop_by_hop) noexcept {
  constexpr std::uint8_t kPad1 = 0, kPadN = 1, kAlert = 5, kJumbo = 0xc2, kHomeAddress = 0xc9;
  bool known = false, unknown = false;
  while (!options.empty()) {
    if (options[0] == kPad1) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2) break;
    const std::size_t length = options[1];
    if (length + 2 > options.size()) return walk.odd("ipv6.exthdr_invalid_optlen");
    const auto type = options[0];
    if (type == kPadN) {
      if (length == 0) walk.odd("ipv6.zero_len_padn");
    } else if (type == kAlert || type == kJumbo || type == kHomeAddress) {
      const std::size_t right = type == kAlert ? 2 : type == kJumbo ? 4 : 16;
      if (length != right) return walk.odd("ipv6.exthdr_invalid_optlen");
      known = true;
    } else {
      unknown = true;
    }
    options = options.subspan(length + 2);
  }
  if (unknown)
    return walk.odd(hop_by_hop ? "ipv6.hopopts_unknown_opt" : "ipv6.dstopts_unknown_opt");
  if (!known) walk.odd(hop_by_hop ? "ipv6.hopopts_only_padding" : "ipv6.dstopts_only_padding");
}

/// True: what follows is the middle of something, or nothing.
bool fragment_header(const Walk& walk, Bytes header, Seen& seen) noexcept {
  if (seen.fragment++ != 0) {
    walk.odd("ipv6.exthdr_dupl_fh");
    return true;
  }
  const auto field = load_be16(&header[2]);
  if (header[1] != 0 || (field & 6) != 0) walk.odd("ipv6.fh_non_zero_reserved_field");
  if ((field & 0xfff9) == 0) {
    walk.odd("ipv6.exthdr_useless_fh");
    return false;
  }
  walk.out.is_fragment = true;
  const std::size_t bytes = header.size() - 8;
  if ((field & 1) != 0 && bytes % 8 != 0) walk.odd("ipv6.frag_invalid_length");
  if ((field & 0xfff8) + bytes > kMaxDatagram) walk.odd("ipv6.frag_pkt_too_large");
  return true;
}

void judge_extension(const Walk& walk, std::uint8_t type, Bytes header, Seen& seen) noexcept {
  switch (type) {
    case kProtocolHopByHop:
      if (seen.hop_by_hop++ != 0) return walk.odd("ipv6.exthdr_dupl_hh");
      return ipv6_options(walk, header.subspan(2), true);
    case kProtocolDestinationOptions:
      if (seen.destination++ > 1) return walk.odd("ipv6.exthdr_dupl_dh");
      return ipv6_options(walk, header.subspan(2), false);
    case kProtocolRouting:
      if (seen.routing++ != 0) walk.odd("ipv6.exthdr_dupl_rh");
      if (header[2] == 0) walk.odd("ipv6.rh_type_0");
      return;
    case kProtocolAuthentication:
      if (seen.authentication++ != 0) walk.odd("ipv6.exthdr_dupl_ah");
      if (load_be16(&header[2]) != 0) walk.odd("ipv6.exthdr_ah_res_not_null");
      return;
    default:
      return;
  }
}

bool is_extension(std::uint8_t type) noexcept {
  switch (type) {
    case kProtocolHopByHop:
    case kProtocolRouting:
    case kProtocolFragment:
    case kProtocolDestinationOptions:
    case kProtocolAuthentication:
    case kProtocolMobility:
    case kProtocolHip:
    case kProtocolShim6:
      return true;
    default:
      return false;
  }
}

/// Through the extension headers to the transport.
void ipv6_payload(Walk& walk, std::uint8_t next, Bytes bytes) noexcept {
  constexpr unsigned kMaxHeaders = 64;
  Seen seen;
  for (unsigned count = 0; is_extension(next) && count < kMaxHeaders; ++count) {
    walk.out.protocol = next;
    if (bytes.size() < 8) return walk.odd("ipv6.trunc_exthdr");
    const std::size_t length = next == kProtocolFragment         ? 8
                               : next == kProtocolAuthentication ? (bytes[1] + std::size_t{2}) * 4
                                                                 : (bytes[1] + std::size_t{1}) * 8;
    if (length > bytes.size()) return walk.odd("ipv6.trunc_exthdr");
    const auto type = next;
    next = bytes[0];
    if (type == kProtocolFragment) {
      walk.out.protocol = next;
      if (fragment_header(walk, bytes, seen)) return;
    } else {
      judge_extension(walk, type, bytes.first(length), seen);
    }
    bytes = bytes.subspan(length);
    if (bytes.size() < 2 && next != kProtocolNoNextHeader) walk.odd("ipv6.trunc_exthdr");
  }
  walk.out.protocol = next;
  if (next == kProtocolNoNextHeader) {
    if (!bytes.empty()) walk.odd("ipv6.data_after_none_header");
    return;
  }
  if (next == kProtocolIcmp) return walk.odd("ipv6.icmpv4");
  transport(walk, next, bytes);
}

}  // namespace

void ipv4(Walk& walk, Bytes bytes) noexcept {
  if (bytes.size() < kIpv4Header) return walk.odd("ipv4.pkt_too_small");
  if (bytes[0] >> 4 != 4) return walk.odd("ipv4.wrong_ip_version");
  const std::size_t header = (bytes[0] & std::size_t{0x0f}) * 4, total = load_be16(&bytes[2]);
  walk.out.is_ip = walk.is_ipv4 = true;
  walk.out.protocol = bytes[9];
  walk.hop_limit = bytes[8];
  if (header < kIpv4Header) return walk.odd("ipv4.hlen_too_small");
  if (total < header) return walk.odd("ipv4.iplen_smaller_than_hlen");
  if (total > bytes.size()) return walk.odd("ipv4.trunc_pkt");
  if (header > kIpv4Header) ipv4_options(walk, bytes.first(header).subspan(kIpv4Header));
  const auto protocol = bytes[9];
  const auto fragment = load_be16(&bytes[6]);
  if ((fragment & 0x3fff) != 0) {
    walk.out.is_fragment = true;
    if ((fragment & 0x1fff) * std::size_t{8} + total > kMaxDatagram)
      walk.odd("ipv4.frag_pkt_too_large");
    return;
  }
  if (protocol == kProtocolIcmpv6) return walk.odd("ipv4.icmpv6");
  transport(walk, protocol, bytes.first(total).subspan(header));
}

void ipv6(Walk& walk, Bytes bytes) noexcept {
  if (bytes.size() < kIpv6Header) return walk.odd("ipv6.pkt_too_small");
  if (bytes[0] >> 4 != 6) return walk.odd("ipv6.wrong_ip_version");
  const std::size_t length = load_be16(&bytes[4]);
  walk.out.is_ip = true;
  walk.is_ipv4 = false;
  walk.out.protocol = bytes[6];
  walk.hop_limit = bytes[7];
  if (length > bytes.size() - kIpv6Header) return walk.odd("ipv6.trunc_pkt");
  ipv6_payload(walk, bytes[6], bytes.subspan(kIpv6Header, length));
}

/// RFC 826; only Ethernet and IPv4 are looked at.
void arp(Walk& walk, Bytes bytes) noexcept {
  constexpr std::size_t kPacket = 28;
  if (bytes.size() < kPacket) return walk.odd("arp.pkt_too_small");
  if (load_be16(&bytes[0]) != 1) return walk.odd("arp.unsupported_hardware");
  if (load_be16(&bytes[2]) != kEthertypeIpv4) return walk.odd("arp.unsupported_protocol");
  if (bytes[4] != 6) return walk.odd("arp.invalid_hardware_size");
  if (bytes[5] != 4) return walk.odd("arp.invalid_protocol_size");
  const auto operation = load_be16(&bytes[6]);
  const bool known = (operation >= 1 && operation <= 4) || (operation >= 8 && operation <= 10);
  if (!known) walk.odd("arp.unsupported_opcode");
}

}  // namespace sekisho::dataplane::examination
