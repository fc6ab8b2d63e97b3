#include "datagram.h"

namespace sekisho::engines::stream {
namespace {

constexpr std::size_t kIpv6Header = 40;
constexpr int kMaxExtensionHeaders = 16;
constexpr std::size_t kMaxLength = 65535;

enum Next : std::uint8_t {
  kHopByHop = 0,
  kRouting = 43,
  kFragment = 44,
  kDestination = 60,
  kMobility = 135,
};

std::uint32_t load_be16(const std::uint8_t* p) noexcept { return std::uint32_t{p[0]} << 8 | p[1]; }
std::uint32_t load_be32(const std::uint8_t* p) noexcept {
  return load_be16(p) << 16 | load_be16(p + 2);
}
void store_be16(std::uint8_t* p, std::size_t value) noexcept {
  p[0] = static_cast<std::uint8_t>(value >> 8);
  p[1] = static_cast<std::uint8_t>(value);
}

bool read_v4(std::span<const std::uint8_t> frame, Fragment& fragment) noexcept {
  const auto ip = frame.subspan(fragment.ip_offset);
  if (ip.size() < 20) return false;
  const auto header = std::size_t{ip[0] & 0x0fU} * 4;
  const std::size_t total = load_be16(&ip[2]);
  if (header < 20 || total < header || total > ip.size()) return false;
  const auto field = load_be16(&ip[6]);
  fragment.key.id = load_be16(&ip[4]);
  fragment.key.protocol = ip[9];
  fragment.offset = (field & 0x1fff) * 8;
  fragment.more = (field & 0x2000) != 0;
  fragment.headers = frame.first(fragment.ip_offset + header);
  fragment.bytes = ip.subspan(header, total - header);
  return true;
}

bool read_v6(std::span<const std::uint8_t> frame, Fragment& fragment) noexcept {
  auto ip = frame.subspan(fragment.ip_offset);
  if (ip.size() < kIpv6Header) return false;
  const std::size_t total = kIpv6Header + load_be16(&ip[4]);
  if (total > ip.size()) return false;
  ip = ip.first(total);
  std::size_t next_at = 6;
  std::size_t at = kIpv6Header;
  for (int i = 0; i < kMaxExtensionHeaders; ++i) {
    const std::uint8_t next = ip[next_at];
    if (ip.size() - at < 8) return false;
    if (next == kFragment) {
      fragment.key.id = load_be32(&ip[at + 4]);
      const auto field = load_be16(&ip[at + 2]);
      fragment.offset = field & 0xfff8;
      fragment.more = (field & 1) != 0;
      fragment.next_header = ip[at];
      fragment.next_header_offset = fragment.ip_offset + next_at;
      fragment.headers = frame.first(fragment.ip_offset + at);
      fragment.bytes = ip.subspan(at + 8);
      return true;
    }
    if (next != kHopByHop && next != kRouting && next != kDestination && next != kMobility)
      return false;
    const std::size_t length = (std::size_t{ip[at + 1]} + 1) * 8;
    if (length > ip.size() - at) return false;
    next_at = at;
    at += length;
  }
  return false;
}

void store_checksum(std::uint8_t* ip, std::size_t header) noexcept {
  store_be16(ip + 10, 0);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < header; i += 2) sum += load_be16(ip + i);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  store_be16(ip + 10, ~sum & 0xffff);
}

}  // namespace

std::optional<Fragment> read_fragment(const PacketView& packet) noexcept {
  const auto& frame = packet.frame;
  if (packet.ip_header.empty() || packet.ip_header.data() < frame.data() ||
      packet.ip_header.data() >= frame.data() + frame.size())
    return std::nullopt;
  Fragment fragment;
  fragment.ip_offset = static_cast<std::size_t>(packet.ip_header.data() - frame.data());
  fragment.key.source = packet.source.bytes;
  fragment.key.destination = packet.destination.bytes;
  fragment.key.vxlan_vni = packet.vxlan_vni;
  for (std::size_t i = 0; i < packet.num_vlans && i < 3; ++i)
    fragment.key.vlans[i] = packet.vlans[i];
  fragment.key.version = frame[fragment.ip_offset] >> 4;
  const bool good = fragment.key.version == 4   ? read_v4(frame, fragment)
                    : fragment.key.version == 6 ? read_v6(frame, fragment)
                                                : false;
  if (!good) return std::nullopt;
  return fragment;
}

bool make_whole(std::span<std::uint8_t> frame, const WholeHeaders& headers) noexcept {
  std::uint8_t* const ip = frame.data() + headers.ip_offset;
  const std::size_t length = frame.size() - headers.ip_offset;
  if (headers.is_v6) {
    if (length - kIpv6Header > kMaxLength) return false;
    store_be16(ip + 4, length - kIpv6Header);
    frame[headers.next_header_offset] = headers.next_header;
    return true;
  }
  if (length > kMaxLength) return false;
  store_be16(ip + 2, length);
  store_be16(ip + 6, 0);
  store_checksum(ip, headers.headers_bytes - headers.ip_offset);
  return true;
}

}  // namespace sekisho::engines::stream
