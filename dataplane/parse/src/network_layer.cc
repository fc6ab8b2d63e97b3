#include "extension_headers.h"
#include "numbers.h"
#include "walk.h"
#include "wire.h"

namespace sekisho::dataplane {
namespace {

constexpr std::size_t kMaxDatagram = 65535;

/// LAND: a packet from its own destination. DHCP clients have no address yet, and captures of a
/// host's loopback interface are full of such packets; no address of those can be attacked.
bool is_land(const IpAddress& source, const IpAddress& destination) noexcept {
  if (source != destination) return false;
  constexpr IpAddress kUnspecified4 = IpAddress::from_v4(0);
  constexpr IpAddress kUnspecified6{};
  constexpr IpAddress kLoopback6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  const bool harmless = source == kUnspecified4 || source == kUnspecified6 ||
                        source == kLoopback6 || (source.is_v4() && source.bytes[12] == 127);
  return !harmless;
}

/// RFC 791 §3.1: the structure of the options, nothing of their meaning but source routing.
DropReason read_ipv4_options(const std::uint8_t* option, const std::uint8_t* end,
                             Walk& walk) noexcept {
  constexpr std::uint8_t kEnd = 0, kNop = 1, kLooseRoute = 0x83, kStrictRoute = 0x89;
  while (option < end && *option != kEnd) {
    if (*option == kNop) {
      ++option;
      continue;
    }
    if (end - option < 2 || option[1] < 2 || end - option < option[1])
      return DropReason::ipv4_bad_option;
    if (*option == kLooseRoute || *option == kStrictRoute) walk.end_addresses_known = false;
    option += option[1];
  }
  return DropReason::none;
}

DropReason read_ipv4_fragment(Walk& walk, std::uint16_t field, std::size_t header_bytes) noexcept {
  const std::size_t offset = (field & std::size_t{0x1fff}) * 8;
  const bool more = (field & 0x2000) != 0;
  walk.fragment = offset != 0 || more;
  if (!walk.fragment) return DropReason::none;
  const std::size_t bytes = walk.available();
  if (offset + header_bytes + bytes > kMaxDatagram) return DropReason::ipv4_fragment_too_large;
  if (bytes == 0 || (more && bytes % 8 != 0)) return DropReason::ipv4_fragment_bad_length;
  walk.out.fragment_id = walk.out.ip_id;
  walk.out.fragment_offset = static_cast<std::uint32_t>(offset);
  walk.out.fragment_bytes = static_cast<std::uint16_t>(bytes);
  walk.out.more_fragments = more;
  return DropReason::none;
}

DropReason read_ipv6_fragment(Walk& walk, const ExtensionChain& chain) noexcept {
  walk.fragment = chain.fragment;
  if (!chain.fragment) return DropReason::none;
  const std::size_t bytes = walk.end - chain.fragment_at;
  if (chain.fragment_offset + bytes > kMaxDatagram) return DropReason::ipv6_fragment_too_large;
  if (bytes == 0 || (chain.more_fragments && bytes % 8 != 0))
    return DropReason::ipv6_fragment_bad_length;
  walk.out.fragment_id = chain.fragment_id;
  walk.out.fragment_offset = chain.fragment_offset;
  walk.out.fragment_bytes = static_cast<std::uint16_t>(bytes);
  walk.out.more_fragments = chain.more_fragments;
  return DropReason::none;
}

}  // namespace

DropReason read_ipv4(Walk& walk) noexcept {
  const std::uint8_t* ip = walk.here();
  if (walk.available() < kIpv4Header) return DropReason::ipv4_truncated;
  if (ip[0] >> 4 != 4) return DropReason::ipv4_wrong_version;
  const std::size_t header_bytes = (ip[0] & std::size_t{0x0f}) * 4;
  const std::size_t total_length = load_be16(ip + 2);
  if (header_bytes < kIpv4Header) return DropReason::ipv4_bad_header_length;
  if (total_length < header_bytes) return DropReason::ipv4_bad_total_length;
  if (total_length > walk.available()) return DropReason::ipv4_truncated;
  if (walk.options.check_ipv4_checksum && !is_intact(sum_words(ip, header_bytes)))
    return DropReason::ipv4_bad_checksum;

  walk.end_addresses_known = true;
  const auto problem = read_ipv4_options(ip + kIpv4Header, ip + header_bytes, walk);
  if (problem != DropReason::none && !walk.options.for_detection) return problem;
  walk.source = load_ipv4(ip + 12);
  walk.destination = load_ipv4(ip + 16);
  if (!walk.options.for_detection && is_land(walk.source, walk.destination))
    return DropReason::ipv4_land;

  walk.out.ip_offset = static_cast<std::uint16_t>(walk.at);
  walk.out.is_ipv4 = true;
  walk.out.ttl = ip[8];
  walk.out.ip_id = load_be16(ip + 4);
  walk.protocol = ip[9];
  walk.end = walk.at + total_length;
  walk.at += header_bytes;
  return read_ipv4_fragment(walk, load_be16(ip + 6), header_bytes);
}

DropReason read_ipv6(Walk& walk) noexcept {
  const std::uint8_t* ip = walk.here();
  if (walk.available() < kIpv6Header) return DropReason::ipv6_truncated;
  if (ip[0] >> 4 != 6) return DropReason::ipv6_wrong_version;
  const std::size_t payload_length = load_be16(ip + 4);
  // Zero announces a jumbogram (RFC 2675) unless nothing is meant to follow.
  if (payload_length == 0 && ip[6] != kProtocolNoNextHeader && !walk.options.for_detection)
    return DropReason::ipv6_bad_payload_length;
  if (payload_length > walk.available() - kIpv6Header) return DropReason::ipv6_truncated;

  walk.source = load_ipv6(ip + 8);
  walk.destination = load_ipv6(ip + 24);
  if (!walk.options.for_detection && is_land(walk.source, walk.destination))
    return DropReason::ipv6_land;
  walk.out.ip_offset = static_cast<std::uint16_t>(walk.at);
  walk.out.is_ipv4 = false;
  walk.out.ttl = ip[7];
  walk.out.ip_id = 0;
  walk.end = walk.at + kIpv6Header + payload_length;

  const auto chain = read_extension_headers(walk.frame, walk.at + kIpv6Header, walk.end, ip[6]);
  if (chain.problem != DropReason::none) return chain.problem;
  walk.protocol = chain.protocol;
  walk.end_addresses_known = chain.end_addresses_known;
  walk.at = chain.at;
  return read_ipv6_fragment(walk, chain);
}

}  // namespace sekisho::dataplane
