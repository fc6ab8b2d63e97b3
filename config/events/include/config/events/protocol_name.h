#pragma once

#include <cstdint>
#include <string_view>

namespace sekisho::events {

/// Name of an IP protocol as `proto` has it ("TCP", "IP-in-IP", "IPv6-ICMP"), after the registry of
/// IANA; empty: it has none, and is written as a number.
std::string_view protocol_name(std::uint8_t protocol) noexcept;

}  // namespace sekisho::events
