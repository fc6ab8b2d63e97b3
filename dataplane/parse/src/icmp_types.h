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

inline constexpr std::uint16_t kNoIcmpType = 0xffff;

/// The type that answers a type or asks for it; none: kNoIcmpType.
constexpr std::uint16_t icmp_counterpart(std::uint8_t type, bool is_ipv4) noexcept {
  constexpr std::uint8_t kPairs4[][2] = {{8, 0}, {13, 14}, {15, 16}, {17, 18}, {10, 9}};
  constexpr std::uint8_t kPairs6[][2] = {{128, 129}, {133, 134}, {135, 136}, {130, 131},
                                         {139, 140}, {144, 145}, {146, 147}};
  const auto find = [type](const auto& pairs) {
    for (const auto& pair : pairs) {
      if (pair[0] == type) return std::uint16_t{pair[1]};
      if (pair[1] == type) return std::uint16_t{pair[0]};
    }
    return kNoIcmpType;
  };
  return is_ipv4 ? find(kPairs4) : find(kPairs6);
}

}  // namespace sekisho::dataplane
