#pragma once

#include <algorithm>
#include <array>

#include "engines/protocols/parser.h"

namespace sekisho::engines {

/// Whether a datagram's server port is nobody's, so that a protocol may be recognised there by what
/// is said alone. On another protocol's port a first datagram could hide what follows from its
/// parser.
inline bool is_foreign_port(const ProbeInput& input) noexcept {
  constexpr std::uint16_t kFirstFree = 1024;
  // NFS, RDP, SIP, mDNS, LLMNR, EtherNet/IP
  constexpr std::array<std::uint16_t, 7> kTaken{2049, 3389, 5060, 5061, 5353, 5355, 44818};
  return input.server_port >= kFirstFree &&
         std::find(kTaken.begin(), kTaken.end(), input.server_port) == kTaken.end();
}

}  // namespace sekisho::engines
