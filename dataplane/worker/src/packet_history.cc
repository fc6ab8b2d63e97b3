#include "dataplane/worker/packet_history.h"

#include <algorithm>
#include <cstring>

namespace sekisho::dataplane {

PacketHistory::PacketHistory(std::size_t snap_bytes, std::size_t slots)
    : snap_bytes_(snap_bytes),
      stride_((sizeof(Header) + snap_bytes + 63) / 64 * 64),
      mask_(static_cast<std::uint32_t>(slots - 1)),
      bytes_(stride_ * slots) {}

void PacketHistory::keep(PacketTrail& trail, std::uint64_t flow_id,
                         const WirePacket& packet) noexcept {
  const Header header{
      .flow_id = flow_id,
      .time_ns = packet.time_ns,
      .position = next_,
      .frame_bytes = packet.frame_bytes,
      .captured = static_cast<std::uint32_t>(std::min(packet.bytes.size(), snap_bytes_)),
      .before = trail};
  auto* const to = slot(next_);
  std::memcpy(to, &header, sizeof header);
  if (header.captured != 0) std::memcpy(to + sizeof header, packet.bytes.data(), header.captured);
  trail.newest = next_++;
  trail.kept = std::min<std::uint8_t>(trail.kept, kMostOfAFlow - 1);
  ++trail.kept;
}

void PacketHistory::find(const PacketTrail& trail, std::uint64_t flow_id, std::size_t wanted,
                         Found& found) const noexcept {
  found.count = 0;
  wanted = std::min<std::size_t>({wanted, trail.kept, kMostOfAFlow});
  auto at = trail;
  while (found.count < wanted) {
    const auto* const from = slot(at.newest);
    Header header;
    std::memcpy(&header, from, sizeof header);
    if (header.position != at.newest || header.flow_id != flow_id) break;
    found.packets[found.count++] = {.time_ns = header.time_ns,
                                    .frame_bytes = header.frame_bytes,
                                    .bytes = {from + sizeof header, header.captured}};
    at = header.before;
  }
  found.overwritten = wanted - found.count;
  std::reverse(found.packets.begin(),
               found.packets.begin() + static_cast<std::ptrdiff_t>(found.count));
}

}  // namespace sekisho::dataplane
