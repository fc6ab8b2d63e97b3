#pragma once

#include <cstdint>
#include <string_view>

namespace sekisho::engines::callback {

/// Names that carry data in them by design: reverse look-ups, block lists, anti-virus look-ups,
/// service discovery. `name` canonical.
bool is_look_up_service(std::string_view name) noexcept;

/// Ports whose protocols are periodic by design: NTP, DNS, DHCP, discovery, keep-alives of VPNs and
/// telephony.
bool is_periodic_service(std::uint8_t ip_protocol, std::uint16_t port) noexcept;

}  // namespace sekisho::engines::callback
