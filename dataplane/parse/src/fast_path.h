#pragma once

#include <cstdint>
#include <span>

#include "dataplane/parse/decode.h"

namespace sekisho::dataplane {

/// The common frame in few cycles: Ethernet, at most one 802.1Q tag, IPv4 without options that is
/// not a fragment or IPv6 without extension headers, TCP or UDP, nothing wrong with any of it.
/// False: not that; `out` is scratch, and the general path decides.
bool decode_common(std::span<const std::uint8_t> frame, const DecodeOptions& options,
                   PacketInfo& out) noexcept;

}  // namespace sekisho::dataplane
