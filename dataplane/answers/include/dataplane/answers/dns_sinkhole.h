#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "config/base/address.h"

namespace sekisho::dataplane {

/// Room for a question of the longest name and one address.
inline constexpr std::size_t kMaxDnsSinkholeBytes = 12 + 255 + 4 + 28;
inline constexpr std::uint32_t kSinkholeSeconds = 60;

/// Where queries for names of C&C servers lead.
struct Sinkhole {
  std::optional<IpAddress> v4{}, v6{};
};

/// Writes the answer to the DNS query `query` (RFC 1035 §4.1): its question repeated, and the
/// sinkhole's address of the type asked for (A, AAAA; class IN) for kSinkholeSeconds; no record for
/// other types and for a family that has none. Returns its length; 0 when `query` is no plain query
/// of one question, or `out` is too small.
std::size_t write_dns_sinkhole(std::span<const std::uint8_t> query, const Sinkhole& sinkhole,
                               std::span<std::uint8_t> out) noexcept;

}  // namespace sekisho::dataplane
