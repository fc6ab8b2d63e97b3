#include "link_layer.h"

#include <array>

#include "link_readers.h"

namespace sekisho::dataplane {
namespace {

/// RFC 2516 §4. The version, type and code fields are not judged: an end that does not check them
/// must not get packets past a firewall that does.
LinkResult read_pppoe(Frame frame, std::size_t at, LinkResult so_far) noexcept {
  constexpr std::size_t kHeader = 6;
  if (frame.size() - at < kHeader) return problem(DropReason::pppoe_truncated, so_far);
  const std::size_t length = load_be16(&frame[at + 4]);
  const std::size_t payload_at = at + kHeader;
  if (length > frame.size() - payload_at) return problem(DropReason::pppoe_truncated, so_far);
  if (length < 2) return problem(DropReason::pppoe_bad_length, so_far);
  return read_ppp_protocol(frame, payload_at, payload_at + length, so_far);
}

/// Bridged whatever it labels, but the stack must end inside the frame (RFC 3032 §2.1).
LinkResult read_mpls(Frame frame, std::size_t at, LinkResult so_far) noexcept {
  for (;; at += 4) {
    if (frame.size() - at < 4) return problem(DropReason::mpls_truncated, so_far);
    if ((frame[at + 2] & 1) != 0) return so_far;
  }
}

/// 802.3 with a length instead of a type: of LLC only SNAP with OUI 0 (RFC 1042) can carry IP.
LinkResult read_llc(Frame frame, std::size_t at, LinkResult so_far) noexcept {
  constexpr std::uint8_t kSnap[] = {0xaa, 0xaa, 0x03, 0, 0, 0};
  if (frame.size() - at < sizeof kSnap + 2) return so_far;
  if (std::memcmp(&frame[at], kSnap, sizeof kSnap) != 0) return so_far;
  const auto type = load_be16(&frame[at + sizeof kSnap]);
  if (type != kEthertypeIpv4 && type != kEthertypeIpv6) return so_far;
  return ip_at(at + sizeof kSnap + 2, frame.size(), type, so_far);
}

bool is_vlan(std::uint16_t ethertype) noexcept {
  return ethertype == kEthertypeVlan || ethertype == kEthertypeServiceVlan ||
         ethertype == kEthertypeOldQinq;
}

}  // namespace

LinkResult read_ppp_protocol(Frame frame, std::size_t at, std::size_t end,
                             LinkResult so_far) noexcept {
  if (at >= end) return problem(DropReason::ethernet_truncated, so_far);
  std::uint16_t protocol = frame[at];
  std::size_t bytes = 1;
  if ((protocol & 1) == 0) {
    if (end - at < 2) return problem(DropReason::ethernet_truncated, so_far);
    protocol = load_be16(&frame[at]);
    bytes = 2;
  }
  if (protocol == kPppIpv4) return ip_at(at + bytes, end, kEthertypeIpv4, so_far);
  if (protocol == kPppIpv6) return ip_at(at + bytes, end, kEthertypeIpv6, so_far);
  return so_far;
}

LinkResult read_ethertype(Frame frame, std::size_t at, std::uint16_t ethertype) noexcept {
  LinkResult result;
  for (unsigned tags = 0; is_vlan(ethertype); ++tags, at += kVlanTag) {
    result.ethertype = ethertype;
    if (tags == kMaxVlanTags) return problem(DropReason::vlan_too_many_tags, result);
    if (frame.size() - at < kVlanTag) return problem(DropReason::vlan_truncated, result);
    const auto id = static_cast<std::uint16_t>(load_be16(&frame[at]) & 0x0fff);
    if (tags == 0) result.vlan = id;
    if (tags == 1) result.inner_vlan = id;
    if (tags == 2) result.third_vlan = id;
    ethertype = load_be16(&frame[at + 2]);
  }
  result.ethertype = ethertype;
  result.at = at;
  switch (ethertype) {
    case kEthertypeIpv4:
    case kEthertypeIpv6:
      return ip_at(at, frame.size(), ethertype, result);
    case kEthertypePppoeSession:
      return read_pppoe(frame, at, result);
    case kEthertypeMpls:
    case kEthertypeMplsUpstream:
      return read_mpls(frame, at, result);
    default:
      return ethertype < kSmallestEthertype ? read_llc(frame, at, result) : result;
  }
}

namespace {

/// A link header of fixed size with an ethertype in it.
template <std::size_t kHeader, std::size_t kEthertypeAt>
LinkResult read_fixed(Frame frame) noexcept {
  if (frame.size() < kHeader) return truncated();
  return read_ethertype(frame, kHeader, load_be16(&frame[kEthertypeAt]));
}

/// A frame of another link type behind a header that says nothing of use.
template <std::size_t kHeader, LinkType kInside>
LinkResult read_fixed_behind(Frame frame) noexcept {
  return read_behind(frame, kHeader, kInside);
}

LinkResult read_ppp_ether(Frame frame) noexcept {
  if (frame.size() < 6) return problem(DropReason::pppoe_truncated, {});
  constexpr std::uint8_t kSessionCode = 0;
  return frame[1] == kSessionCode ? read_pppoe(frame, 0, {}) : LinkResult{};
}

LinkResult read_raw(Frame frame) noexcept {
  if (frame.empty()) return truncated();
  switch (frame[0] >> 4) {
    case 4:
      return ip_at(0, frame.size(), kEthertypeIpv4, {});
    case 6:
      return ip_at(0, frame.size(), kEthertypeIpv6, {});
    default:
      return {};
  }
}

template <std::uint16_t kEthertype>
LinkResult read_bare(Frame frame) noexcept {
  return ip_at(0, frame.size(), kEthertype, {});
}

/// BSD loopback: an address family in the byte order of the capturing host, so both are tried.
LinkResult read_loopback(Frame frame) noexcept {
  if (frame.size() < 4) return truncated();
  const auto big = load_be32(frame.data());
  return read_address_family(frame, 4, big <= 0xffff ? big : __builtin_bswap32(big));
}

template <LinkType kInside>
LinkResult read_juniper_behind(Frame frame) noexcept {
  return read_juniper(frame, kInside);
}

LinkResult read_ethernet(Frame frame) noexcept { return read_fixed<kEthernetHeader, 12>(frame); }

using Reader = LinkResult (*)(Frame) noexcept;
struct KnownLink {
  LinkType link;
  Reader read;
};

constexpr KnownLink kKnownLinks[] = {
    {LinkType::null, read_loopback},
    {LinkType::ethernet, read_ethernet},
    {LinkType::token_ring, read_token_ring},
    {LinkType::arcnet, read_arcnet},
    {LinkType::slip, read_fixed_behind<16, LinkType::raw>},
    {LinkType::ppp, read_ppp},
    {LinkType::fddi, read_fddi},
    {LinkType::atm_rfc1483, read_llc_frame},
    {LinkType::raw, read_raw},
    {LinkType::slip_bsdos, read_fixed_behind<24, LinkType::raw>},
    {LinkType::ppp_bsdos, read_ppp_bsdos},
    {LinkType::atm_clip, read_atm_clip},
    {LinkType::ppp_hdlc, read_ppp},
    {LinkType::ppp_ether, read_ppp_ether},
    {LinkType::symantec_firewall, read_fixed<44, 6>},
    {LinkType::raw_ip, read_raw},
    {LinkType::c_hdlc, read_fixed<4, 2>},
    {LinkType::ieee802_11, read_ieee802_11},
    {LinkType::frame_relay, read_frame_relay},
    {LinkType::loop, read_loopback},
    {LinkType::enc, read_enc},
    {LinkType::hdlc, read_ppp},
    {LinkType::linux_sll, read_fixed<16, 14>},
    {LinkType::pflog, read_pflog},
    {LinkType::prism, read_prism},
    {LinkType::ip_over_fc, read_fixed_behind<16, LinkType::atm_rfc1483>},
    {LinkType::sunatm, read_sunatm},
    {LinkType::ieee802_11_radio, read_radiotap},
    {LinkType::arcnet_linux, read_arcnet_linux},
    {LinkType::ip_over_ieee1394, read_fixed<18, 16>},
    {LinkType::ieee802_11_avs, read_avs},
    {LinkType::ppp_pppd, read_ppp_pppd},
    {LinkType::juniper_ether, read_juniper_behind<LinkType::ethernet>},
    {LinkType::juniper_ppp, read_juniper_behind<LinkType::ppp>},
    {LinkType::juniper_frame_relay, read_juniper_behind<LinkType::frame_relay>},
    {LinkType::juniper_c_hdlc, read_juniper_behind<LinkType::c_hdlc>},
    {LinkType::ppi, read_ppi},
    {LinkType::ppp_with_direction, read_fixed_behind<1, LinkType::ppp>},
    {LinkType::c_hdlc_with_direction, read_fixed_behind<1, LinkType::c_hdlc>},
    {LinkType::frame_relay_with_direction, read_fixed_behind<1, LinkType::frame_relay>},
    {LinkType::mpls, read_mpls_stack},
    {LinkType::ipnet, read_ipnet},
    {LinkType::ipv4, read_bare<kEthertypeIpv4>},
    {LinkType::ipv6, read_bare<kEthertypeIpv6>},
    {LinkType::nflog, read_nflog},
    {LinkType::netanalyzer, read_fixed_behind<4, LinkType::ethernet>},
    // Preamble and start delimiter are in the capture too.
    {LinkType::netanalyzer_transparent, read_fixed_behind<12, LinkType::ethernet>},
    {LinkType::ipoib, read_fixed<44, 40>},
    {LinkType::pktap, read_pktap},
    {LinkType::linux_sll2, read_fixed<20, 0>},
    {LinkType::dsa_tag_brcm, read_fixed<kEthernetHeader + 4, 16>},
    {LinkType::dsa_tag_brcm_prepend, read_fixed_behind<4, LinkType::ethernet>},
    {LinkType::dsa_tag_dsa, read_dsa},
    {LinkType::dsa_tag_edsa, read_edsa},
};

constexpr std::size_t kLinkNumbers = 290;  // one more than libpcap's largest

/// By link type, for one look-up a frame; null where there is no decoder.
constexpr auto kReaders = [] {
  std::array<Reader, kLinkNumbers> readers{};
  for (const auto& known : kKnownLinks) readers[static_cast<std::size_t>(known.link)] = known.read;
  return readers;
}();

Reader reader_of(LinkType link) noexcept {
  const auto number = static_cast<std::size_t>(link);
  return number < kReaders.size() ? kReaders[number] : nullptr;
}

}  // namespace

LinkResult read_behind(Frame frame, std::size_t bytes, LinkType inside) noexcept {
  if (bytes > frame.size()) return truncated();
  auto result = read_link(inside, frame.subspan(bytes));
  result.at += bytes;
  result.end += bytes;
  return result;
}

LinkResult read_address_family(Frame frame, std::size_t at, std::uint32_t family) noexcept {
  switch (family) {
    case 2:
      return ip_at(at, frame.size(), kEthertypeIpv4, {});
    case 10:  // Linux
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // Darwin
      return ip_at(at, frame.size(), kEthertypeIpv6, {});
    default:
      return {};
  }
}

bool can_decode(LinkType link) noexcept { return reader_of(link) != nullptr; }

LinkResult read_link(LinkType link, Frame frame) noexcept {
  if (link == LinkType::ethernet) [[likely]]
    return read_ethernet(frame);
  const auto read = reader_of(link);
  return read == nullptr ? LinkResult{} : read(frame);
}

}  // namespace sekisho::dataplane
