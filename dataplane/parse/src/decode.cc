#include "dataplane/parse/decode.h"

#include "dataplane/parse/flow_key.h"
#include "fast_path.h"
#include "link_layer.h"
#include "numbers.h"
#include "walk.h"
#include "wire.h"

namespace sekisho::dataplane {
namespace {

enum class Inside : std::uint8_t { transport, ipv4, ipv6 };

/// What begins at walk.at: another IP header, at which walk.at then is, or the transport.
DropReason step_into_tunnel(Walk& walk, Inside& inside) noexcept {
  inside = Inside::transport;
  // Only the first fragment of a tunnel packet could be looked into, and all must be one flow.
  if (walk.fragment || walk.options.for_detection) return DropReason::none;
  if (walk.protocol == kProtocolIpv4) inside = Inside::ipv4;
  if (walk.protocol == kProtocolIpv6) inside = Inside::ipv6;
  if (walk.protocol != kProtocolGre) return DropReason::none;
  const auto gre = read_gre(walk.here(), walk.available());
  if (gre.problem != DropReason::none) return gre.problem;
  if (gre.ethertype == 0) return DropReason::none;
  inside = gre.ethertype == kEthertypeIpv4 ? Inside::ipv4 : Inside::ipv6;
  walk.at += gre.bytes;
  return DropReason::none;
}

/// From an IP header through tunnels to the end of the innermost transport header.
DropReason decode_ip(Walk& walk, bool is_ipv4) noexcept {
  auto inside = is_ipv4 ? Inside::ipv4 : Inside::ipv6;
  for (unsigned depth = 0; inside != Inside::transport; ++depth) {
    if (depth > kMaxTunnels || walk.at > kMaxHeaderOffset) return DropReason::tunnel_too_deep;
    walk.out.key.tunnel = static_cast<std::uint8_t>(depth);
    auto problem = inside == Inside::ipv4 ? read_ipv4(walk) : read_ipv6(walk);
    if (problem == DropReason::none) problem = step_into_tunnel(walk, inside);
    if (problem != DropReason::none) return problem;
  }
  constexpr std::size_t kLongestTransportHeader = 60;
  if (walk.at > kMaxHeaderOffset - kLongestTransportHeader) return DropReason::tunnel_too_deep;
  return read_transport(walk);
}

void decode_general(LinkType link, std::span<const std::uint8_t> frame,
                    const DecodeOptions& options, PacketInfo& out) noexcept {
  clear(out);
  out.kind = PacketKind::not_ip;
  const auto found = read_link(link, frame);
  out.ethertype = found.ethertype;
  out.key.vlan = found.vlan;
  out.key.inner_vlan = found.inner_vlan;
  out.key.third_vlan = found.third_vlan;
  auto problem = found.problem;
  if (problem == DropReason::none) {
    if (!found.is_ip) {
      if (found.at <= kMaxHeaderOffset) out.payload_offset = static_cast<std::uint16_t>(found.at);
      return;
    }
    Walk walk{.frame = frame.data(),
              .at = found.at,
              .end = found.end,
              .options = options,
              .out = out,
              .source = {},
              .destination = {}};
    problem = decode_ip(walk, found.is_ipv4);
    if (problem != DropReason::none)
      out.from_a = set_ends(out.key, walk.source, 0, walk.destination, 0);
  }
  if (problem == DropReason::none) return;
  out.kind = PacketKind::malformed;
  out.problem = problem;
}

}  // namespace

void decode_ethernet(std::span<const std::uint8_t> frame, const DecodeOptions& options,
                     PacketInfo& out) noexcept {
  if (!decode_common(frame, options, out)) decode_general(LinkType::ethernet, frame, options, out);
}

void decode(LinkType link, std::span<const std::uint8_t> frame, const DecodeOptions& options,
            PacketInfo& out) noexcept {
  decode_general(link, frame, options, out);
}

}  // namespace sekisho::dataplane
