#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sekisho::engines {

/// Record types (IANA "DNS parameters") that something here is done about.
namespace dns_type {
inline constexpr std::uint16_t kA = 1;
inline constexpr std::uint16_t kNs = 2;
inline constexpr std::uint16_t kCname = 5;
inline constexpr std::uint16_t kSoa = 6;
inline constexpr std::uint16_t kNull = 10;
inline constexpr std::uint16_t kPtr = 12;
inline constexpr std::uint16_t kMx = 15;
inline constexpr std::uint16_t kTxt = 16;
inline constexpr std::uint16_t kAaaa = 28;
inline constexpr std::uint16_t kSrv = 33;
inline constexpr std::uint16_t kDname = 39;
inline constexpr std::uint16_t kOpt = 41;
inline constexpr std::uint16_t kSshfp = 44;
}  // namespace dns_type

/// Room for the longest name or number.
using DnsCodeText = std::array<char, 16>;
/// "AAAA", "HTTPS"; the number as text when it has no name.
std::string_view dns_type_name(std::uint16_t type, DnsCodeText& room) noexcept;
/// "NOERROR", "NXDOMAIN"; the number as text when it has no name.
std::string_view dns_rcode_name(std::uint16_t rcode, DnsCodeText& room) noexcept;

}  // namespace sekisho::engines
