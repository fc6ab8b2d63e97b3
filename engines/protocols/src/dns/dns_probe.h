#pragma once

#include "engines/protocols/parser.h"

namespace sekisho::engines {

inline constexpr std::uint16_t kDnsPort = 53;
inline constexpr std::uint16_t kMdnsPort = 5353;
inline constexpr std::uint16_t kLlmnrPort = 5355;

Likeness probe_dns_datagram(const ProbeInput& input) noexcept;
Likeness probe_dns_stream(const ProbeInput& input) noexcept;
Likeness probe_mdns(const ProbeInput& input) noexcept;
Likeness probe_llmnr(const ProbeInput& input) noexcept;

/// Whether the header's counts can fit in so many bytes, and the opcode exists.
bool is_plausible_dns_header(std::span<const std::uint8_t> message, std::size_t bytes) noexcept;

}  // namespace sekisho::engines
