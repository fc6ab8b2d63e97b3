#include "dataplane/io/spread.h"

#include <rte_thash.h>

#include <cstring>

#include "dataplane/parse/decode.h"

namespace sekisho::dataplane {
namespace {

/// What a NIC computes over the two addresses with kSymmetricKey.
std::uint32_t toeplitz(const SpreadAddresses& addresses) noexcept {
  std::array<std::uint32_t, 8> words;  // host order, as rte_softrss reads them
  const std::size_t each = addresses.is_ipv4 ? 1 : 4;
  std::memcpy(words.data(), addresses.source, each * 4);
  std::memcpy(words.data() + each, addresses.destination, each * 4);
  for (auto& word : words) word = rte_be_to_cpu_32(word);
  return rte_softrss(words.data(), static_cast<std::uint32_t>(each * 2), kSymmetricKey.data());
}

}  // namespace

std::size_t owner_of(std::span<const std::uint8_t> frame, bool hashed, std::size_t received_by,
                     std::size_t workers) noexcept {
  const auto addresses = spread_addresses(frame);
  if (!addresses || (hashed && !addresses->embedded)) return received_by;
  return toeplitz(*addresses) % kIndirectionEntries % workers;
}

}  // namespace sekisho::dataplane
