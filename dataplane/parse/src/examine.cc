// Oddities of link headers and of tags and labels in front of IP, in the words of decode-event.
#include "dataplane/parse/examine.h"

#include <algorithm>

#include "examine_walk.h"
#include "link_layer.h"
#include "numbers.h"
#include "wire.h"

namespace sekisho::dataplane {
namespace examination {
namespace {

constexpr std::uint16_t kArp = 0x0806, kPppoeDiscovery = 0x8863, kBackbone = 0x88e7,
                        kVnTag = 0x8926, kFabricPath = 0x8903, kNsh = 0x894f;
constexpr unsigned kUsualVlanTags = 3;

bool is_vlan(std::uint16_t type) noexcept {
  return type == kEthertypeVlan || type == kEthertypeServiceVlan || type == kEthertypeOldQinq;
}

void vlan(Walk& walk, Bytes bytes) noexcept {
  for (unsigned tags = 1;; ++tags) {
    if (bytes.size() < kVlanTag) return walk.odd("vlan.header_too_small");
    if (tags > kUsualVlanTags) return walk.odd("vlan.too_many_layers");
    const auto type = load_be16(&bytes[2]);
    bytes = bytes.subspan(kVlanTag);
    if (is_vlan(type)) continue;
    if (type < kSmallestEthertype) return;
    if (!typed(walk, type, bytes)) walk.odd("vlan.unknown_type");
    return;
  }
}

void mpls(Walk& walk, Bytes bytes) noexcept {
  constexpr std::size_t kLabel = 4;
  std::uint32_t label = 0;
  for (;;) {
    if (bytes.size() < kLabel) return walk.odd("mpls.header_too_small");
    label = load_be32(&bytes[0]) >> 12;
    const bool bottom = (bytes[2] & 1) != 0;
    bytes = bytes.subspan(kLabel);
    if (bottom) break;
  }
  constexpr std::uint32_t kRouterAlert = 1, kImplicitNull = 3, kReservedEnd = 16;
  if (label == kRouterAlert) return walk.odd("mpls.bad_label_router_alert");
  if (label == kImplicitNull) return walk.odd("mpls.bad_label_implicit_null");
  if (label > kImplicitNull && label < kReservedEnd) return walk.odd("mpls.bad_label_reserved");
  if (bytes.size() < kLabel) return walk.odd("mpls.pkt_too_small");
  const auto version = bytes[0] >> 4;
  if (version == 4) return ipv4(walk, bytes);
  if (version == 6) return ipv6(walk, bytes);
  if (version != 0) return walk.odd("mpls.unknown_payload_type");
  ethernet(walk, bytes.subspan(kLabel));
}

/// RFC 2516 §4 and 5: a session's packets have code 0, discovery those of its stages and tags.
void pppoe(Walk& walk, Bytes bytes, bool session) noexcept {
  constexpr std::size_t kHeader = 6, kTagHeader = 4;
  constexpr std::uint8_t kDiscoveryCodes[] = {0x07, 0x09, 0x19, 0x65, 0xa7};
  if (bytes.size() < kHeader + (session ? 2U : 0U)) return walk.odd("pppoe.pkt_too_small");
  const auto code = bytes[1];
  const std::size_t length = load_be16(&bytes[4]);
  if (session) {
    if (code != 0) return walk.odd("pppoe.wrong_code");
    return ppp(walk, bytes.subspan(kHeader));
  }
  if (std::find(std::begin(kDiscoveryCodes), std::end(kDiscoveryCodes), code) ==
      std::end(kDiscoveryCodes))
    walk.odd("pppoe.wrong_code");
  bytes = bytes.subspan(kHeader);
  if (length > bytes.size()) return walk.odd("pppoe.malformed_tags");
  for (bytes = bytes.first(length); bytes.size() >= kTagHeader;) {
    const std::size_t tag = kTagHeader + load_be16(&bytes[2]);
    if (tag > bytes.size()) return walk.odd("pppoe.malformed_tags");
    bytes = bytes.subspan(tag);
  }
}

/// RFC 8300 §2.
void nsh(Walk& walk, Bytes bytes) noexcept {
  constexpr std::size_t kBase = 8, kFixedContext = 6;
  if (bytes.size() < kBase) return walk.odd("nsh.header_too_small");
  const std::size_t words = bytes[1] & 0x3f;
  const auto metadata = bytes[2] & 0x0f, next = +bytes[3];
  if (words * 4 < kBase || words * 4 > bytes.size()) return walk.odd("nsh.bad_header_length");
  if (bytes[0] >> 6 != 0) return walk.odd("nsh.unsupported_version");
  if (metadata == 0 || metadata == 0x0f) return walk.odd("nsh.reserved_type");
  if (metadata == 1 && words != kFixedContext) return walk.odd("nsh.bad_header_length");
  if (metadata > 2) return walk.odd("nsh.unsupported_type");
  const auto payload = bytes.subspan(words * 4);
  if (next == 1) return ipv4(walk, payload);
  if (next == 2) return ipv6(walk, payload);
  if (next == 3) return ethernet(walk, payload);
  walk.odd(next == 4 || next == 5 ? "nsh.unsupported_type" : "nsh.unknown_payload");
}

void vn_tag(Walk& walk, Bytes bytes) noexcept {
  constexpr std::size_t kTag = 6;
  if (bytes.size() < kTag) return walk.odd("vntag.header_too_small");
  const auto type = load_be16(&bytes[4]);
  if (is_vlan(type) || type == kEthertypeIpv4 || type == kEthertypeIpv6 || type == kArp)
    return static_cast<void>(typed(walk, type, bytes.subspan(kTag)));
  walk.odd("vntag.unknown_type");
}

void backbone(Walk& walk, Bytes bytes) noexcept {  // 802.1ah
  constexpr std::size_t kTag = 4;
  if (bytes.size() < kTag + kEthernetHeader) return walk.odd("ieee8021ah.header_too_small");
  ethernet(walk, bytes.subspan(kTag));
}

void raw(Walk& walk, Bytes bytes) noexcept {
  if (bytes.empty()) return walk.odd("ipv4.pkt_too_small");
  if (bytes[0] >> 4 == 4) return ipv4(walk, bytes);
  if (bytes[0] >> 4 == 6) return ipv6(walk, bytes);
  walk.odd("ipraw.invalid_ip_version");
}

/// Whatever the link, IP is where the decoder finds it.
void any_link(Walk& walk, LinkType link, Bytes frame) noexcept {
  const auto found = read_link(link, frame);
  if (found.problem != DropReason::none || !found.is_ip || found.at > frame.size()) return;
  found.is_ipv4 ? ipv4(walk, frame.subspan(found.at)) : ipv6(walk, frame.subspan(found.at));
}

void loopback(Walk& walk, Bytes frame) noexcept {
  if (frame.size() < 4) return walk.odd("ltnull.pkt_too_small");
  if (!read_link(LinkType::null, frame).is_ip) return walk.odd("ltnull.unsupported_type");
  any_link(walk, LinkType::null, frame);
}

template <std::size_t kHeader, std::size_t kTypeAt>
void cooked(Walk& walk, Bytes frame, std::string_view too_small) noexcept {
  if (frame.size() < kHeader) return walk.odd(too_small);
  if (!typed(walk, load_be16(&frame[kTypeAt]), frame.subspan(kHeader)))
    walk.odd("ethernet.unknown_ethertype");
}

}  // namespace

void ethernet(Walk& walk, Bytes bytes) noexcept {
  if (bytes.size() < kEthernetHeader) return walk.odd("ethernet.pkt_too_small");
  const auto type = load_be16(&bytes[12]);
  if (type >= kSmallestEthertype && !typed(walk, type, bytes.subspan(kEthernetHeader)))
    walk.odd("ethernet.unknown_ethertype");
}

bool typed(Walk& walk, std::uint16_t type, Bytes bytes) noexcept {
  switch (type) {
    case kEthertypeIpv4:
      ipv4(walk, bytes);
      return true;
    case kEthertypeIpv6:
      ipv6(walk, bytes);
      return true;
    case kArp:
      arp(walk, bytes);
      return true;
    case kEthertypeVlan:
    case kEthertypeServiceVlan:
    case kEthertypeOldQinq:
      vlan(walk, bytes);
      return true;
    case kEthertypePppoeSession:
    case kPppoeDiscovery:
      pppoe(walk, bytes, type == kEthertypePppoeSession);
      return true;
    case kEthertypeMpls:
    case kEthertypeMplsUpstream:
      mpls(walk, bytes);
      return true;
    case kNsh:
      nsh(walk, bytes);
      return true;
    case kVnTag:
      vn_tag(walk, bytes);
      return true;
    case kBackbone:
      backbone(walk, bytes);
      return true;
    case kFabricPath:
      if (bytes.size() < kEthernetHeader) walk.odd("dce.pkt_too_small");
      return true;
    default:
      return false;
  }
}

void ppp(Walk& walk, Bytes bytes) noexcept {
  constexpr std::uint16_t kVanJacobsonUncompressed = 0x002f;
  constexpr std::size_t kProtocol = 2;
  if (bytes.size() >= 2 && bytes[0] == 0xff && bytes[1] == 0x03) bytes = bytes.subspan(2);
  if (bytes.empty()) return walk.odd("ppp.pkt_too_small");
  const bool compressed = (bytes[0] & 1) != 0;  // RFC 1661 §6.5
  if (!compressed && bytes.size() < kProtocol) return walk.odd("ppp.pkt_too_small");
  const std::uint16_t protocol = compressed ? bytes[0] : load_be16(&bytes[0]);
  bytes = bytes.subspan(compressed ? 1 : kProtocol);
  if (protocol == kPppIpv4) {
    if (bytes.size() < kIpv4Header) return walk.odd("ppp.ip4_pkt_too_small");
    return ipv4(walk, bytes);
  }
  if (protocol == kPppIpv6) {
    if (bytes.size() < kIpv6Header) return walk.odd("ppp.ip6_pkt_too_small");
    return ipv6(walk, bytes);
  }
  if (protocol == kVanJacobsonUncompressed) {
    if (bytes.size() < kIpv4Header) walk.odd("ppp.vju_pkt_too_small");
    return;
  }
  // Network, low-volume, network control and link control protocols in turn (RFC 1661 §2).
  const bool assigned = (protocol & 0x0101) == 1;
  walk.odd(assigned ? "ppp.unsup_proto" : "ppp.wrong_type");
}

}  // namespace examination

void examine(LinkType link, std::span<const std::uint8_t> frame, Examination& out) noexcept {
  namespace of = examination;
  out = {};
  of::Walk walk{.out = out};
  switch (link) {
    case LinkType::ethernet:
      return of::ethernet(walk, frame);
    case LinkType::null:
    case LinkType::loop:
      return of::loopback(walk, frame);
    case LinkType::raw:
    case LinkType::raw_ip:
      return of::raw(walk, frame);
    case LinkType::ipv4:
      return of::ipv4(walk, frame);
    case LinkType::ipv6:
      return of::ipv6(walk, frame);
    case LinkType::ppp:
      if (frame.size() >= 2 && (frame[0] == 0x0f || frame[0] == 0x8f) && frame[1] == 0)
        return of::cooked<4, 2>(walk, frame, "chdlc.pkt_too_small");
      return of::ppp(walk, frame);
    case LinkType::c_hdlc:
      return of::cooked<4, 2>(walk, frame, "chdlc.pkt_too_small");
    case LinkType::linux_sll:
      return of::cooked<16, 14>(walk, frame, "sll.pkt_too_small");
    case LinkType::linux_sll2:
      return of::cooked<20, 0>(walk, frame, "sll2.pkt_too_small");
    default:
      return of::any_link(walk, link, frame);
  }
}

bool is_plain(std::span<const std::uint8_t> frame, const PacketInfo& info) noexcept {
  constexpr std::uint32_t kTimestampsOnly = 0x0101080a;  // NOP, NOP, Timestamps
  if (info.kind != PacketKind::flow) return false;
  const std::size_t ip_header = info.transport_offset - std::size_t{info.ip_offset};
  if (ip_header != (info.is_ipv4 ? kIpv4Header : kIpv6Header)) return false;
  const std::size_t header = info.payload_offset - std::size_t{info.transport_offset};
  if (info.protocol == kProtocolUdp)
    return !info.is_ipv4 || frame[info.ip_offset] == 0x45;  // its length fits, or it were no flow
  if (info.protocol != kProtocolTcp) return false;
  return header == kTcpHeader ||
         (header == kTcpHeader + 12 &&
          load_be32(&frame[info.transport_offset + kTcpHeader]) == kTimestampsOnly);
}

}  // namespace sekisho::dataplane
