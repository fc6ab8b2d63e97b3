#include "dataplane/decrypt/segment/checksum.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace sekisho::decrypt {
namespace {

static_assert(std::endian::native == std::endian::little);
constexpr std::uint8_t kTcp = 6;

}  // namespace

/// In the machine's byte order, which RFC 1071 §2(B) allows; turned once, at the end. Words of 32
/// bits into 64: the compiler makes vectors of it, and 16 GB would have to pass before it
/// overflows.
std::uint64_t internet_sum(std::span<const std::uint8_t> bytes) noexcept {
  std::uint64_t sum = 0;
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 32; left -= 32, at += 32) {
    std::uint32_t words[8];
    std::memcpy(words, at, sizeof words);
    for (const auto word : words) sum += word;
  }
  for (; left >= 4; left -= 4, at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, at, sizeof word);
    sum += word;
  }
  std::uint32_t rest = 0;
  if (left != 0) std::memcpy(&rest, at, left);
  sum += rest;
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xff) << 8 | sum >> 8;
}

std::uint64_t tcp_pseudo_sum(std::span<const std::uint8_t> addresses,
                             std::uint32_t tcp_bytes) noexcept {
  return internet_sum(addresses) + kTcp + (tcp_bytes >> 16) + (tcp_bytes & 0xffff);
}

std::uint16_t folded(std::uint64_t sum) noexcept {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace sekisho::decrypt
