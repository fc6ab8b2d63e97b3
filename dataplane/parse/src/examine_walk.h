#pragma once

#include <span>
#include <string_view>

#include "dataplane/parse/examine.h"

namespace sekisho::dataplane::examination {

using Bytes = std::span<const std::uint8_t>;

/// What the examination of an inner header must know of those around it.
struct Walk {
  Examination& out;
  bool is_ipv4 = false;
  std::uint8_t hop_limit = 0;

  void odd(std::string_view name) const noexcept { out.events.add(name); }
};

// Each looks at one header and what is behind it; `bytes` are all there is.
void ethernet(Walk& walk, Bytes bytes) noexcept;  // examine.cc
/// False: nobody knows the ethertype.
bool typed(Walk& walk, std::uint16_t ethertype, Bytes bytes) noexcept;    // examine.cc
void ppp(Walk& walk, Bytes bytes) noexcept;                               // examine.cc
void ipv4(Walk& walk, Bytes bytes) noexcept;                              // examine_ip.cc
void ipv6(Walk& walk, Bytes bytes) noexcept;                              // examine_ip.cc
void arp(Walk& walk, Bytes bytes) noexcept;                               // examine_ip.cc
void transport(Walk& walk, std::uint8_t protocol, Bytes bytes) noexcept;  // examine_transport.cc
void icmpv4(Walk& walk, Bytes bytes) noexcept;                            // examine_icmp.cc
void icmpv6(Walk& walk, Bytes bytes) noexcept;                            // examine_icmp.cc
void igmp(Walk& walk, Bytes bytes) noexcept;                              // examine_icmp.cc

}  // namespace sekisho::dataplane::examination
