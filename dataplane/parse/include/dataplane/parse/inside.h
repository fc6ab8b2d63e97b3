#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/parse/decode.h"

namespace sekisho::dataplane {

/// What is around a packet that another one carries.
enum class Carrier : std::uint8_t {
  label,  // MPLS, NSH, 802.1ah, VN-Tag: it is the frame's own packet, behind more headers
  ipv4,   // IP-in-IP and 6in4
  ipv6,   // 4in6 and 6in6
  gre,
  teredo,
  vxlan,
  geneve,
};

inline constexpr std::uint32_t kNoNetworkId = 0xffffffff;

/// A packet in a packet.
struct Inside {
  Carrier carrier = Carrier::label;
  LinkType link = LinkType::raw;  // how `frame` begins
  std::span<const std::uint8_t> frame;
  std::uint32_t network_id = kNoNetworkId;  // VXLAN
  std::uint16_t vlan = 0;                   // that ERSPAN tells of; 0: none
  std::uint16_t lead_bytes = 0;  // headers in front of `frame` that are counted as its own
};

/// What the packet carries that is a packet itself; `info` is decode()'s, of `frame`. Nothing: it
/// is no tunnel, or a fragment, or its tunnel header is none. Looks one step in; what it finds may
/// be malformed.
///
/// - Protocols 4 and 41, when decoded with DecodeOptions::for_detection.
/// - GRE, likewise, and whatever the decoder did not follow: PPP, Ethernet, 802.1Q, ERSPAN I and II
///   (RFC 2784, 2637, draft-foschiano-erspan).
/// - UDP: VXLAN to port 4789 (RFC 7348), Geneve to 6081 (RFC 8926), Teredo at 3544 (RFC 4380).
/// - Not IP: MPLS (RFC 3032), NSH (RFC 8300), 802.1ah, VN-Tag.
std::optional<Inside> look_inside(std::span<const std::uint8_t> frame,
                                  const PacketInfo& info) noexcept;

/// Ports that carry tunnels: the only question that an ordinary datagram is asked.
constexpr bool may_be_tunnel(std::uint16_t source_port, std::uint16_t destination_port) noexcept {
  return destination_port == 4789 || destination_port == 6081 || destination_port == 3544 ||
         source_port == 3544;
}

}  // namespace sekisho::dataplane
