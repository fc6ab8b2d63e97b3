#pragma once

#include <cstdint>

namespace sekisho::dataplane {

/// Messages that carry the start of the packet they are about: RFC 792 (with redirect and source
/// quench), RFC 4443 §3.
inline bool is_icmp_error(std::uint8_t type, bool is_ipv4) noexcept {
  if (!is_ipv4) return type >= 1 && type <= 4;
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

inline bool is_icmp_echo(std::uint8_t type, bool is_ipv4) noexcept {
  return is_ipv4 ? type == 8 || type == 0 : type == 128 || type == 129;
}

}  // namespace sekisho::dataplane
