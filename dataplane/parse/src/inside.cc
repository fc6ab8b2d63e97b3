#include "dataplane/parse/inside.h"

#include "numbers.h"
#include "walk.h"
#include "wire.h"

namespace sekisho::dataplane {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Found = std::optional<Inside>;

constexpr std::uint16_t kVxlanPort = 4789, kGenevePort = 6081, kTeredoPort = 3544;
constexpr std::uint16_t kEthertypeBridge = 0x6558, kEthertypeErspan = 0x88be,
                        kEthertypePpp = 0x880b, kEthertypeNsh = 0x894f, kEthertypeBackbone = 0x88e7,
                        kEthertypeVnTag = 0x8926;

Found inside(Carrier carrier, LinkType link, Bytes frame) noexcept {
  if (frame.empty()) return std::nullopt;
  return Inside{.carrier = carrier, .link = link, .frame = frame};
}

/// ERSPAN type I has no header of its own; that of type II tells the VLAN of the mirrored port.
Found read_erspan(Bytes bytes, bool has_header) noexcept {
  constexpr std::size_t kHeader = 8;
  if (!has_header) return inside(Carrier::gre, LinkType::ethernet, bytes);
  if (bytes.size() < kHeader || bytes[0] >> 4 != 1) return std::nullopt;
  auto found = inside(Carrier::gre, LinkType::ethernet, bytes.subspan(kHeader));
  if (!found) return found;
  found->vlan = static_cast<std::uint16_t>(load_be16(&bytes[0]) & 0x0fff);
  found->lead_bytes = kHeader;
  return found;
}

/// A tag of 802.1Q where the ethertype already was in the header before.
Found read_tagged(Carrier carrier, Bytes bytes) noexcept {
  if (bytes.size() <= kVlanTag) return std::nullopt;
  const auto id = static_cast<std::uint16_t>(load_be16(&bytes[0]) & 0x0fff);
  const auto type = load_be16(&bytes[2]);
  if (type != kEthertypeIpv4 && type != kEthertypeIpv6) return std::nullopt;
  auto found = inside(carrier, LinkType::raw, bytes.subspan(kVlanTag));
  if (!found) return found;
  found->vlan = id;
  found->lead_bytes = kVlanTag;
  return found;
}

/// `bytes` begin with what an ethertype names.
Found read_typed(Carrier carrier, std::uint16_t type, Bytes bytes) noexcept {
  switch (type) {
    case kEthertypeIpv4:
      return inside(carrier, LinkType::ipv4, bytes);
    case kEthertypeIpv6:
      return inside(carrier, LinkType::ipv6, bytes);
    case kEthertypeBridge:
      return inside(carrier, LinkType::ethernet, bytes);
    case kEthertypeVlan:
      return read_tagged(carrier, bytes);
    default:
      return std::nullopt;
  }
}

Found read_gre_payload(Bytes gre) noexcept {
  const auto header = read_gre(gre.data(), gre.size());
  if (header.problem != DropReason::none) return std::nullopt;
  const auto flags = load_be16(&gre[0]), type = load_be16(&gre[2]);
  constexpr std::uint16_t kRouting = 0x4000;
  if ((flags & kRouting) != 0) return std::nullopt;
  const auto payload = gre.subspan(header.bytes);
  if (type == kEthertypePpp) return inside(Carrier::gre, LinkType::ppp, payload);
  if (type == kEthertypeErspan) return read_erspan(payload, flags != 0);
  return read_typed(Carrier::gre, type, payload);
}

Found read_vxlan(Bytes bytes) noexcept {
  constexpr std::size_t kHeader = 8;
  constexpr std::uint8_t kHasNetwork = 0x08;
  if (bytes.size() < kHeader + kEthernetHeader || (bytes[0] & kHasNetwork) == 0 || bytes[7] != 0)
    return std::nullopt;
  auto found = inside(Carrier::vxlan, LinkType::ethernet, bytes.subspan(kHeader));
  found->network_id = load_be32(&bytes[4]) >> 8;
  return found;
}

Found read_geneve(Bytes bytes) noexcept {
  constexpr std::size_t kHeader = 8;
  if (bytes.size() < kHeader || bytes[0] >> 6 != 0 || bytes[7] != 0) return std::nullopt;
  const std::size_t header = kHeader + (bytes[0] & std::size_t{0x3f}) * 4;
  if (bytes.size() <= header) return std::nullopt;
  return read_typed(Carrier::geneve, load_be16(&bytes[2]), bytes.subspan(header));
}

/// RFC 4380 §5.1.1: an authentication header without identifiers, then an origin indication, both
/// optional. Whatever else uses the port must not look like it: the IPv6 length must fit.
Found read_teredo(Bytes bytes) noexcept {
  constexpr std::size_t kAuthentication = 13, kOrigin = 8;
  if (bytes.size() > kAuthentication && bytes[0] == 0 && bytes[1] == 1) {
    if (bytes[2] != 0 || bytes[3] != 0) return std::nullopt;
    bytes = bytes.subspan(kAuthentication);
  }
  if (bytes.size() > kOrigin && bytes[0] == 0 && bytes[1] == 0) bytes = bytes.subspan(kOrigin);
  if (bytes.size() < kIpv6Header || bytes[0] >> 4 != 6) return std::nullopt;
  if (bytes.size() != kIpv6Header + load_be16(&bytes[4])) return std::nullopt;
  return inside(Carrier::teredo, LinkType::ipv6, bytes);
}

Found read_udp_payload(Bytes bytes, const PacketInfo& info) noexcept {
  const auto source = info.from_a ? info.key.port_a : info.key.port_b;
  const auto destination = info.from_a ? info.key.port_b : info.key.port_a;
  if (destination == kVxlanPort) return read_vxlan(bytes);
  if (destination == kGenevePort) return read_geneve(bytes);
  if (destination == kTeredoPort || source == kTeredoPort) return read_teredo(bytes);
  return std::nullopt;
}

/// Behind the last label: IP by its version, or a frame whose first bits are those of neither.
Found read_mpls_payload(Bytes bytes) noexcept {
  constexpr std::size_t kLabel = 4;
  for (; bytes.size() > kLabel; bytes = bytes.subspan(kLabel)) {
    if ((bytes[2] & 1) == 0) continue;
    const auto payload = bytes.subspan(kLabel);
    const auto version = payload[0] >> 4;
    if (version == 4) return inside(Carrier::label, LinkType::ipv4, payload);
    if (version == 6) return inside(Carrier::label, LinkType::ipv6, payload);
    constexpr std::size_t kControlWord = 4;  // RFC 4448 §4.6
    if (version == 0 && payload.size() > kControlWord + kEthernetHeader)
      return inside(Carrier::label, LinkType::ethernet, payload.subspan(kControlWord));
    return std::nullopt;
  }
  return std::nullopt;
}

Found read_nsh(Bytes bytes) noexcept {
  constexpr std::size_t kBase = 8;
  constexpr std::uint8_t kIpv4 = 1, kIpv6 = 2, kEthernet = 3;
  if (bytes.size() < kBase || bytes[0] >> 6 != 0) return std::nullopt;
  const std::size_t header = (bytes[1] & std::size_t{0x3f}) * 4;
  if (header < kBase || bytes.size() <= header) return std::nullopt;
  const auto payload = bytes.subspan(header);
  switch (bytes[3]) {
    case kIpv4:
      return inside(Carrier::label, LinkType::ipv4, payload);
    case kIpv6:
      return inside(Carrier::label, LinkType::ipv6, payload);
    case kEthernet:
      return inside(Carrier::label, LinkType::ethernet, payload);
    default:
      return std::nullopt;
  }
}

Found read_backbone(Bytes bytes) noexcept {  // 802.1ah: I-TAG, then the customer's frame
  constexpr std::size_t kTag = 4;
  if (bytes.size() <= kTag) return std::nullopt;
  return inside(Carrier::label, LinkType::ethernet, bytes.subspan(kTag));
}

Found read_vn_tag(Bytes bytes) noexcept {
  constexpr std::size_t kTag = 6;
  if (bytes.size() <= kTag) return std::nullopt;
  return read_typed(Carrier::label, load_be16(&bytes[4]), bytes.subspan(kTag));
}

Found read_not_ip(Bytes bytes, std::uint16_t ethertype) noexcept {
  switch (ethertype) {
    case kEthertypeMpls:
    case kEthertypeMplsUpstream:
      return read_mpls_payload(bytes);
    case kEthertypeNsh:
      return read_nsh(bytes);
    case kEthertypeBackbone:
      return read_backbone(bytes);
    case kEthertypeVnTag:
      return read_vn_tag(bytes);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Inside> look_inside(std::span<const std::uint8_t> frame,
                                  const PacketInfo& info) noexcept {
  if (info.kind == PacketKind::not_ip)
    return info.payload_offset == 0 || info.payload_offset > frame.size()
               ? std::nullopt
               : read_not_ip(frame.subspan(info.payload_offset), info.ethertype);
  if (info.kind != PacketKind::flow) return std::nullopt;
  const std::size_t end = info.payload_offset + std::size_t{info.payload_bytes};
  if (end > frame.size() || info.transport_offset > end) return std::nullopt;
  const auto around = info.is_ipv4 ? Carrier::ipv4 : Carrier::ipv6;
  switch (info.protocol) {
    case kProtocolIpv4:
      return inside(around, LinkType::ipv4, frame.first(end).subspan(info.transport_offset));
    case kProtocolIpv6:
      return inside(around, LinkType::ipv6, frame.first(end).subspan(info.transport_offset));
    case kProtocolGre:
      return read_gre_payload(frame.first(end).subspan(info.transport_offset));
    case kProtocolUdp:
      return read_udp_payload(frame.subspan(info.payload_offset, info.payload_bytes), info);
    default:
      return std::nullopt;
  }
}

}  // namespace sekisho::dataplane
