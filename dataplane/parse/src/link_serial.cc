// Serial lines: PPP (RFC 1661, 1662) and frame relay (RFC 2427).
#include "link_readers.h"

namespace sekisho::dataplane {

LinkResult read_ppp(Frame frame) noexcept {
  // Captures of serial lines carry Cisco HDLC under the same link type.
  if (frame.size() >= 2 && (frame[0] == 0x0f || frame[0] == 0x8f) && frame[1] == 0)
    return read_behind(frame, 0, LinkType::c_hdlc);
  const bool hdlc_like = frame.size() >= 2 && frame[0] == 0xff && frame[1] == 0x03;  // RFC 1662
  return read_ppp_protocol(frame, hdlc_like ? 2 : 0, frame.size(), {});
}

/// Behind the protocol field comes more of the capturing system.
LinkResult read_ppp_bsdos(Frame frame) noexcept {
  constexpr std::size_t kHeader = 24, kProtocolAt = 5;
  if (frame.size() < kHeader) return truncated();
  const auto protocol = load_be16(&frame[kProtocolAt]);
  if (protocol == kPppIpv4) return ip_at(kHeader, frame.size(), kEthertypeIpv4, {});
  if (protocol == kPppIpv6) return ip_at(kHeader, frame.size(), kEthertypeIpv6, {});
  return {};
}

/// pppd writes a direction in place of the address.
LinkResult read_ppp_pppd(Frame frame) noexcept {
  constexpr std::size_t kAddressAndControl = 2, kHeader = 4;
  if (frame.size() < kHeader) return truncated();
  return read_ppp_protocol(frame, kAddressAndControl, frame.size(), {});
}

LinkResult read_frame_relay(Frame frame) noexcept {
  constexpr std::size_t kShortestAddress = 2, kLongestAddress = 4;
  constexpr std::uint8_t kLastByte = 0x01, kUnnumbered = 0x03, kPad = 0;
  std::size_t at = 1;
  for (;; ++at) {
    if (frame.size() <= at) return truncated();
    if (at + 1 >= kShortestAddress && (frame[at] & kLastByte) != 0) break;
    if (at + 1 == kLongestAddress) return {};
  }
  ++at;
  if (frame.size() - at < 2) return truncated();
  // Cisco's own encapsulation has an ethertype where RFC 2427 has a control field.
  if (frame[at] != kUnnumbered) return read_ethertype(frame, at + 2, load_be16(&frame[at]));
  ++at;
  if (frame[at] == kPad) ++at;
  return read_nlpid(frame, at);
}

}  // namespace sekisho::dataplane
