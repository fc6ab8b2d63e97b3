#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sekisho::dataplane {

/// The key of symmetric RSS (S. Woo, K. Park, "Scalable TCP Session Monitoring with Symmetric
/// Receive-side Scaling"): 16 bits repeated, so that exchanging the two ends changes nothing.
inline constexpr std::array<std::uint8_t, 40> kSymmetricKey = [] {
  std::array<std::uint8_t, 40> key{};
  for (std::size_t i = 0; i < key.size(); i += 2) key[i] = 0x6d, key[i + 1] = 0x5a;
  return key;
}();

/// Every port's indirection table repeats the same 64 entries, whatever its size: entry i leads to
/// worker i % workers.
inline constexpr std::size_t kIndirectionEntries = 64;
inline constexpr std::size_t kMaxWorkers = kIndirectionEntries;

/// Pinned core. The worker, of `workers`, that a frame belongs to which the NIC put on
/// `received_by` with a hash over its addresses, or without one because it could not parse it
/// (`hashed` false).
std::size_t owner_of(std::span<const std::uint8_t> frame, bool hashed, std::size_t received_by,
                     std::size_t workers) noexcept;

}  // namespace sekisho::dataplane
