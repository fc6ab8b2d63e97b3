#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho {

/// An IPv4 or IPv6 address in network byte order. IPv4 is held as ::ffff:a.b.c.d (RFC 4291
/// §2.5.5.2), so one comparison and one key serve both families.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  static constexpr IpAddress from_v4(std::uint32_t host_order) noexcept {
    IpAddress a;
    a.bytes[10] = a.bytes[11] = 0xff;
    for (unsigned i = 0; i < 4; ++i)
      a.bytes[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
    return a;
  }
  constexpr bool is_v4() const noexcept {
    for (unsigned i = 0; i < 10; ++i)
      if (bytes[i] != 0) return false;
    return bytes[10] == 0xff && bytes[11] == 0xff;
  }
  /// Host order; meaningful only when is_v4().
  constexpr std::uint32_t v4() const noexcept {
    return std::uint32_t{bytes[12]} << 24 | std::uint32_t{bytes[13]} << 16 |
           std::uint32_t{bytes[14]} << 8 | bytes[15];
  }
  auto operator<=>(const IpAddress&) const = default;
};
static_assert(sizeof(IpAddress) == 16);

/// Inclusive; both ends of one family, first <= last.
struct AddressRange {
  IpAddress first;
  IpAddress last;
  bool contains(const IpAddress& a) const noexcept { return first <= a && a <= last; }
  auto operator<=>(const AddressRange&) const = default;
};

struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};
  auto operator<=>(const MacAddress&) const = default;
};

/// "192.0.2.1" or "2001:db8::1".
Result<IpAddress> parse_ip_address(std::string_view text);

/// A single address, "a-b", or CIDR; host bits are allowed and cleared: "10.0.0.8/24" is
/// 10.0.0.0-10.0.0.255 (R058). A reversed range or mixed families are refused.
Result<AddressRange> parse_address_range(std::string_view text);

/// "12:34:56:78:90:ab", also with '-'; either case.
Result<MacAddress> parse_mac_address(std::string_view text);

std::string to_string(const IpAddress& address);
std::string to_string(
    const AddressRange& range);  // "a" when first == last, CIDR when it is one, else "a-b"
std::string to_string(const MacAddress& mac);

}  // namespace sekisho
