// LANs and ATM that carry IP behind 802.2 LLC (RFC 1042, 2684, 2625), and ARCNET (RFC 1201, 1051).
#include "link_readers.h"

namespace sekisho::dataplane {
namespace {

constexpr std::size_t kLlcHeader = 3;
constexpr std::uint8_t kUnnumbered = 0x03;

/// From the organisation code on. Bridged frames stand behind `bridge_padding` more bytes.
LinkResult read_snap(Frame frame, std::size_t at, std::size_t bridge_padding) noexcept {
  constexpr std::size_t kSnap = 5;
  constexpr std::uint32_t kEthertypes = 0, kBridgeTunnel = 0x0000f8, kBridged = 0x0080c2;
  constexpr std::uint16_t kEthernetWithFcs = 1, kEthernetWithoutFcs = 7;
  if (frame.size() - at < kSnap) return truncated();
  const auto organisation = load_be32(&frame[at]) >> 8;
  const auto type = load_be16(&frame[at + 3]);
  if (organisation == kEthertypes || organisation == kBridgeTunnel)
    return type < kSmallestEthertype ? LinkResult{} : read_ethertype(frame, at + kSnap, type);
  if (organisation == kBridged && (type == kEthernetWithFcs || type == kEthernetWithoutFcs))
    return read_behind(frame, at + kSnap + bridge_padding, LinkType::ethernet);
  return {};
}

// ARCNET system codes.
constexpr std::uint8_t kArcnetIpv6 = 196, kArcnetIpv4 = 212, kArcnetOldIpv4 = 240,
                       kArcnetOldArp = 241;

/// Split packets (RFC 1201 §3.1.2) are not put together, so neither piece is taken for IP.
LinkResult read_arcnet_payload(Frame frame, std::size_t at, std::uint8_t type,
                               bool split) noexcept {
  if (split) return {};
  if (type == kArcnetIpv4 || type == kArcnetOldIpv4)
    return ip_at(at, frame.size(), kEthertypeIpv4, {});
  if (type == kArcnetIpv6) return ip_at(at, frame.size(), kEthertypeIpv6, {});
  return {};
}

/// RFC 1051 has no more header than the type.
bool is_rfc1051(std::uint8_t type) noexcept {
  return type == kArcnetOldIpv4 || type == kArcnetOldArp;
}

}  // namespace

LinkResult read_llc_header(Frame frame, std::size_t at) noexcept {
  constexpr std::uint8_t kSnapSap = 0xaa, kNlpidSap = 0xfe, kIpSap = 0x06;
  constexpr std::size_t kAtmBridgePadding = 2;  // RFC 2684 §5.2; nobody bridges over the others
  if (frame.size() - at < kLlcHeader) return truncated();
  const auto sap = frame[at];
  if (frame[at + 1] != sap || frame[at + 2] != kUnnumbered) return {};
  at += kLlcHeader;
  switch (sap) {
    case kSnapSap:
      return read_snap(frame, at, kAtmBridgePadding);
    case kNlpidSap:
      return read_nlpid(frame, at);
    case kIpSap:
      return ip_at(at, frame.size(), kEthertypeIpv4, {});
    default:
      return {};
  }
}

LinkResult read_nlpid(Frame frame, std::size_t at) noexcept {
  constexpr std::uint8_t kSnap = 0x80, kIpv6 = 0x8e, kIpv4 = 0xcc, kPpp = 0xcf;
  if (frame.size() == at) return truncated();
  switch (frame[at++]) {
    case kSnap:
      return read_snap(frame, at, 0);
    case kIpv6:
      return ip_at(at, frame.size(), kEthertypeIpv6, {});
    case kIpv4:
      return ip_at(at, frame.size(), kEthertypeIpv4, {});
    case kPpp:
      return read_ppp_protocol(frame, at, frame.size(), {});
    default:
      return {};
  }
}

LinkResult read_llc_frame(Frame frame) noexcept { return read_llc_header(frame, 0); }

/// Access control, frame control, two addresses, and a route when the source address says so.
LinkResult read_token_ring(Frame frame) noexcept {
  constexpr std::size_t kHeader = 14, kRouteControl = 2, kSourceAt = 8;
  if (frame.size() < kHeader) return truncated();
  constexpr std::uint8_t kTypeMask = 0xc0, kLlc = 0x40, kRouted = 0x80;
  if ((frame[1] & kTypeMask) != kLlc) return {};
  if ((frame[kSourceAt] & kRouted) == 0) return read_llc_header(frame, kHeader);
  if (frame.size() < kHeader + kRouteControl) return truncated();
  const std::size_t route_bytes = frame[kHeader] & 0x1f;
  if (route_bytes < kRouteControl) return {};
  if (frame.size() < kHeader + route_bytes) return truncated();
  return read_llc_header(frame, kHeader + route_bytes);
}

LinkResult read_fddi(Frame frame) noexcept {
  constexpr std::size_t kHeader = 13;
  if (frame.size() < kHeader) return truncated();
  // 48-bit addresses and LLC, asynchronous or synchronous; the low bits are a priority.
  return (frame[0] & 0x70) == 0x50 ? read_llc_header(frame, kHeader) : LinkResult{};
}

/// Classical IP over ATM: with LLC, or IP alone on its circuit.
LinkResult read_atm_clip(Frame frame) noexcept {
  constexpr std::uint8_t kSnapSap = 0xaa;  // no version of IP
  if (!frame.empty() && frame[0] == kSnapSap) return read_llc_header(frame, 0);
  return read_behind(frame, 0, LinkType::raw);
}

LinkResult read_sunatm(Frame frame) noexcept {
  constexpr std::size_t kHeader = 4, kLaneHeader = 2;
  constexpr std::uint8_t kTypeMask = 0x0f, kLane = 1, kLlc = 2;
  if (frame.size() < kHeader) return truncated();
  const auto type = frame[0] & kTypeMask;
  if (type == kLane) return read_behind(frame, kHeader + kLaneHeader, LinkType::ethernet);
  return type == kLlc ? read_llc_header(frame, kHeader) : LinkResult{};
}

LinkResult read_arcnet(Frame frame) noexcept {
  constexpr std::size_t kHeader = 3, kSequence = 3, kException = 4;
  constexpr std::uint8_t kExceptionFlag = 0xff;
  if (frame.size() < kHeader) return truncated();
  const auto type = frame[2];
  if (is_rfc1051(type)) return read_arcnet_payload(frame, kHeader, type, false);
  std::size_t at = kHeader;
  if (frame.size() - at < kSequence) return truncated();
  if (frame[at] == kExceptionFlag) at += kException;
  if (frame.size() < at + kSequence) return truncated();
  return read_arcnet_payload(frame, at + kSequence, type, frame[at] != 0);
}

/// Linux has taken the exception away and put split packets together.
LinkResult read_arcnet_linux(Frame frame) noexcept {
  constexpr std::size_t kHeader = 5, kSequence = 3;  // addresses, offset, type
  if (frame.size() < kHeader) return truncated();
  const auto type = frame[4];
  if (is_rfc1051(type)) return read_arcnet_payload(frame, kHeader, type, false);
  if (frame.size() < kHeader + kSequence) return truncated();
  return read_arcnet_payload(frame, kHeader + kSequence, type, false);
}

}  // namespace sekisho::dataplane
