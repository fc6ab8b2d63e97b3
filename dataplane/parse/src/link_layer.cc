#include "link_layer.h"

#include "numbers.h"
#include "wire.h"

namespace sekisho::dataplane {
namespace {

using Frame = std::span<const std::uint8_t>;

LinkResult problem(DropReason reason, LinkResult so_far) noexcept {
  so_far.problem = reason;
  return so_far;
}

LinkResult ip_at(std::size_t at, std::size_t end, std::uint16_t ethertype,
                 LinkResult so_far) noexcept {
  so_far.is_ip = true;
  so_far.is_ipv4 = ethertype == kEthertypeIpv4;
  so_far.ethertype = ethertype;
  so_far.at = at;
  so_far.end = end;
  return so_far;
}

/// The PPP protocol field (RFC 1661 §5), one byte when compressed (§6.5).
LinkResult read_ppp_protocol(Frame frame, std::size_t at, std::size_t end,
                             LinkResult so_far) noexcept {
  if (at >= end) return so_far;
  std::uint16_t protocol = frame[at];
  std::size_t bytes = 1;
  if ((protocol & 1) == 0) {
    if (end - at < 2) return so_far;
    protocol = load_be16(&frame[at]);
    bytes = 2;
  }
  if (protocol == 0x0021) return ip_at(at + bytes, end, kEthertypeIpv4, so_far);
  if (protocol == 0x0057) return ip_at(at + bytes, end, kEthertypeIpv6, so_far);
  return so_far;
}

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

/// From an ethertype, whose payload begins at `at`, through VLAN tags to what they carry.
LinkResult read_ethertype(Frame frame, std::size_t at, std::uint16_t ethertype) noexcept {
  LinkResult result;
  for (unsigned tags = 0; is_vlan(ethertype); ++tags, at += kVlanTag) {
    result.ethertype = ethertype;
    if (tags == kMaxVlanTags) return problem(DropReason::vlan_too_many_tags, result);
    if (frame.size() - at < kVlanTag) return problem(DropReason::vlan_truncated, result);
    const auto id = static_cast<std::uint16_t>(load_be16(&frame[at]) & 0x0fff);
    if (tags == 0) result.vlan = id;
    if (tags == 1) result.inner_vlan = id;
    ethertype = load_be16(&frame[at + 2]);
  }
  result.ethertype = ethertype;
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

/// A link header of fixed size with an ethertype in it.
LinkResult read_fixed(Frame frame, std::size_t header, std::size_t ethertype_at) noexcept {
  if (frame.size() < header) return problem(DropReason::ethernet_truncated, {});
  return read_ethertype(frame, header, load_be16(&frame[ethertype_at]));
}

LinkResult read_ppp(Frame frame) noexcept {
  // Captures of serial lines carry Cisco HDLC under the same link type.
  if (frame.size() >= 4 && (frame[0] == 0x0f || frame[0] == 0x8f) && frame[1] == 0)
    return read_fixed(frame, 4, 2);
  const bool hdlc_like = frame.size() >= 2 && frame[0] == 0xff && frame[1] == 0x03;  // RFC 1662
  return read_ppp_protocol(frame, hdlc_like ? 2 : 0, frame.size(), {});
}

LinkResult read_ppp_ether(Frame frame) noexcept {
  if (frame.size() < 6) return problem(DropReason::pppoe_truncated, {});
  constexpr std::uint8_t kSessionCode = 0;
  return frame[1] == kSessionCode ? read_pppoe(frame, 0, {}) : LinkResult{};
}

LinkResult read_raw(Frame frame) noexcept {
  if (frame.empty()) return problem(DropReason::ethernet_truncated, {});
  switch (frame[0] >> 4) {
    case 4:
      return ip_at(0, frame.size(), kEthertypeIpv4, {});
    case 6:
      return ip_at(0, frame.size(), kEthertypeIpv6, {});
    default:
      return {};
  }
}

/// BSD loopback: an address family in the byte order of the capturing host, so both are tried.
LinkResult read_address_family(Frame frame) noexcept {
  if (frame.size() < 4) return problem(DropReason::ethernet_truncated, {});
  const auto big = load_be32(frame.data());
  switch (big <= 0xffff ? big : __builtin_bswap32(big)) {
    case 2:
      return ip_at(4, frame.size(), kEthertypeIpv4, {});
    case 10:  // Linux
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // Darwin
      return ip_at(4, frame.size(), kEthertypeIpv6, {});
    default:
      return {};
  }
}

/// Per-Packet Information: a header of its own length, in little-endian order, in front of a frame
/// of another link type.
LinkResult read_ppi(Frame frame) noexcept {
  constexpr std::size_t kHeader = 8;
  if (frame.size() < kHeader) return problem(DropReason::ethernet_truncated, {});
  const std::size_t bytes = __builtin_bswap16(load_be16(&frame[2]));
  const auto link = __builtin_bswap32(load_be32(&frame[4]));
  if (bytes > frame.size()) return problem(DropReason::ethernet_truncated, {});
  if (bytes < kHeader || link > 0xffff || LinkType(link) == LinkType::ppi) return {};
  auto inside = read_link(LinkType(link), frame.subspan(bytes));
  inside.at += bytes;
  inside.end += bytes;
  return inside;
}

}  // namespace

LinkResult read_link(LinkType link, Frame frame) noexcept {
  switch (link) {
    case LinkType::ethernet:
      return read_fixed(frame, kEthernetHeader, 12);
    case LinkType::c_hdlc:
      return read_fixed(frame, 4, 2);
    case LinkType::linux_sll:
      return read_fixed(frame, 16, 14);
    case LinkType::linux_sll2:
      return read_fixed(frame, 20, 0);
    case LinkType::null:
    case LinkType::loop:
      return read_address_family(frame);
    case LinkType::ppi:
      return read_ppi(frame);
    case LinkType::ppp:
    case LinkType::ppp_hdlc:
      return read_ppp(frame);
    case LinkType::ppp_ether:
      return read_ppp_ether(frame);
    case LinkType::raw:
    case LinkType::raw_ip:
      return read_raw(frame);
    case LinkType::ipv4:
      return ip_at(0, frame.size(), kEthertypeIpv4, {});
    case LinkType::ipv6:
      return ip_at(0, frame.size(), kEthertypeIpv6, {});
  }
  return {};
}

}  // namespace sekisho::dataplane
