#pragma once

#include <cstddef>
#include <string_view>

#include "dataplane/parse/packet_info.h"

namespace sekisho::packets {

/// What holds of every decoded frame of `frame_bytes`, whatever is in it. Empty, or which promise
/// of packet_info.h is broken.
std::string_view broken_invariant(const dataplane::PacketInfo& packet, std::size_t frame_bytes);

/// Every byte of the two agrees.
bool same_packet(const dataplane::PacketInfo& one, const dataplane::PacketInfo& other);

}  // namespace sekisho::packets
