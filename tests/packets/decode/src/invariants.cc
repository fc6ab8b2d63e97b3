#include "packets/decode/invariants.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "dataplane/parse/flow_key.h"

namespace sekisho::packets {
namespace {

using dataplane::PacketInfo;
using dataplane::PacketKind;

bool key_is_canonical(const dataplane::FlowKey& key) {
  // Written out apart from set_ends(): address bytes first, then the port.
  if (key.a != key.b) return key.a < key.b;
  return key.port_a <= key.port_b;
}

bool reserved_is_zero(const dataplane::FlowKey& key) {
  return key.segment == 0 && key.reserved == 0 &&
         std::all_of(std::begin(key.reserved_too), std::end(key.reserved_too),
                     [](std::uint8_t byte) { return byte == 0; });
}

std::string_view broken_fragment(const PacketInfo& packet) {
  const bool is_fragment = packet.fragment_offset != 0 || packet.more_fragments;
  if (packet.kind == PacketKind::first_fragment)
    return packet.fragment_offset == 0 && packet.more_fragments && packet.fragment_bytes != 0
               ? ""
               : "a first fragment has offset 0, more to come, and bytes";
  if (packet.kind == PacketKind::later_fragment) {
    if (packet.fragment_offset == 0 || packet.fragment_bytes == 0)
      return "a later fragment has an offset and bytes";
    return packet.key.port_a == 0 && packet.key.port_b == 0 ? "" : "a later fragment has no ports";
  }
  return is_fragment ? "only fragments have fragment fields" : "";
}

}  // namespace

std::string_view broken_invariant(const PacketInfo& packet, std::size_t frame_bytes) {
  if ((packet.kind == PacketKind::malformed) != (packet.problem != DropReason::none))
    return "a problem exactly when malformed";
  if (!key_is_canonical(packet.key)) return "a is the smaller end";
  if (!reserved_is_zero(packet.key)) return "bytes nobody set are zero";
  if (packet.key.tunnel > 4) return "at most 4 tunnels";
  if (packet.key.vlan > 0x0fff || packet.key.inner_vlan > 0x0fff || packet.key.third_vlan > 0x0fff)
    return "VLAN ids have 12 bits";
  if (packet.tcp_window_scale > 14 && packet.tcp_window_scale != dataplane::kNoWindowScale)
    return "window scale is 0-14 or absent";
  if (packet.kind == PacketKind::not_ip || packet.kind == PacketKind::malformed) return "";

  if (packet.ip_offset >= packet.transport_offset) return "the IP header is before the transport";
  if (packet.transport_offset > packet.payload_offset) return "the transport is before the payload";
  if (std::size_t{packet.payload_offset} + packet.payload_bytes > frame_bytes)
    return "the payload ends in the frame";
  return broken_fragment(packet);
}

bool same_packet(const PacketInfo& one, const PacketInfo& other) {
  // The decoder writes the padding too. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
  return std::memcmp(&one, &other, sizeof one) == 0;
}

}  // namespace sekisho::packets
