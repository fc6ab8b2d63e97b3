#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho::dataplane {

/// Room for a question of the longest name, an OPT record and a short explanation.
inline constexpr std::size_t kMaxDnsRefusalBytes = 512;

/// Writes the answer to the DNS query `query` (RFC 1035 §4.1): REFUSED, its question repeated. To
/// a query with EDNS it says why: Extended DNS Error 15, Blocked, with `explanation` (RFC 8914
/// §4.16). REFUSED and not NXDOMAIN: the name may well exist, nobody caches a refusal, and it is
/// what RFC 1035 has for a policy. Returns its length; 0 when `query` is no plain query of one
/// question, or `out` is too small.
std::size_t write_dns_refusal(std::span<const std::uint8_t> query, std::string_view explanation,
                              std::span<std::uint8_t> out) noexcept;

/// The name that `query` asks for, in text ("www.example.com", lower case), written into `out`;
/// empty when there is none, when it does not fit or has other than printable characters.
std::string_view name_of_dns_query(std::span<const std::uint8_t> query,
                                   std::span<char> out) noexcept;

}  // namespace sekisho::dataplane
