#include "dataplane/parse/decode.h"
#include "extension_headers.h"
#include "icmp_types.h"
#include "link_layer.h"
#include "numbers.h"
#include "wire.h"

namespace sekisho::dataplane {
namespace {

std::uint64_t mix(std::uint64_t x) noexcept {  // finaliser of splitmix64
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// Each address is mixed by itself, then added: commutative, and a+1,b-1 does not collide.
std::uint32_t hash_pair(std::uint64_t one, std::uint64_t other) noexcept {
  const auto hash = static_cast<std::uint32_t>(mix(one + other) >> 32);
  return hash == 0 ? 1 : hash;
}

std::uint64_t mix_ipv4(const std::uint8_t* address) noexcept {
  return mix(load_be32(address) + std::uint64_t{1});
}

std::uint64_t mix_ipv6(const std::uint8_t* address) noexcept {
  std::uint64_t words[2];
  std::memcpy(words, address, sizeof words);
  return mix(mix(words[0] + 1) + words[1]);
}

/// The IP header whose addresses count: that at `at`, or the one inside an ICMP error. A fragment
/// of an error counts as what it is, since its later fragments cannot tell.
const std::uint8_t* addressed_ipv4(const std::uint8_t* frame, std::size_t at,
                                   std::size_t end) noexcept {
  const auto* ip = frame + at;
  const std::size_t header_bytes = (ip[0] & std::size_t{0x0f}) * 4;
  const bool whole = (load_be16(ip + 6) & 0x3fff) == 0;
  if (ip[9] != kProtocolIcmp || !whole || header_bytes < kIpv4Header) return ip;
  if (end - at < header_bytes + kIcmpHeader + kIpv4Header) return ip;
  const auto* icmp = ip + header_bytes;
  return is_icmp_error(icmp[0], true) ? icmp + kIcmpHeader : ip;
}

const std::uint8_t* addressed_ipv6(const std::uint8_t* frame, std::size_t at,
                                   std::size_t end) noexcept {
  const auto* ip = frame + at;
  const auto next = ip[6];
  if (next == kProtocolTcp || next == kProtocolUdp) return ip;
  const auto chain = read_extension_headers(frame, at + kIpv6Header, end, next);
  if (chain.problem != DropReason::none || chain.fragment || chain.protocol != kProtocolIcmpv6)
    return ip;
  if (end - chain.at < kIcmpHeader + kIpv6Header) return ip;
  const auto* icmp = frame + chain.at;
  return is_icmp_error(icmp[0], false) ? icmp + kIcmpHeader : ip;
}

}  // namespace

std::optional<SpreadAddresses> spread_addresses(std::span<const std::uint8_t> frame) noexcept {
  const auto found = read_link(LinkType::ethernet, frame);
  if (found.problem != DropReason::none || !found.is_ip) return std::nullopt;
  const std::size_t bytes = found.end - found.at;
  const auto* outermost = frame.data() + found.at;
  if (found.is_ipv4) {
    if (bytes < kIpv4Header) return std::nullopt;
    const auto* ip = addressed_ipv4(frame.data(), found.at, found.end);
    return SpreadAddresses{
        .source = ip + 12, .destination = ip + 16, .is_ipv4 = true, .embedded = ip != outermost};
  }
  if (bytes < kIpv6Header) return std::nullopt;
  const auto* ip = addressed_ipv6(frame.data(), found.at, found.end);
  return SpreadAddresses{
      .source = ip + 8, .destination = ip + 24, .is_ipv4 = false, .embedded = ip != outermost};
}

std::uint32_t spread_hash(std::span<const std::uint8_t> frame) noexcept {
  const auto addresses = spread_addresses(frame);
  if (!addresses) return 0;
  return addresses->is_ipv4
             ? hash_pair(mix_ipv4(addresses->source), mix_ipv4(addresses->destination))
             : hash_pair(mix_ipv6(addresses->source), mix_ipv6(addresses->destination));
}

}  // namespace sekisho::dataplane
