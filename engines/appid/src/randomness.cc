#include "randomness.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "config/base/byte_reader.h"

namespace sekisho::engines::appid {
namespace {

std::span<const std::uint8_t> tested(std::span<const std::uint8_t> bytes) noexcept {
  return bytes.first(std::min(bytes.size(), kMostTestedBytes));
}

std::int64_t bits_set(std::span<const std::uint8_t> bytes) noexcept {
  std::int64_t bits = 0;
  for (const auto byte : bytes) bits += std::popcount(byte);
  return bits;
}

/// `difference` is within `deviations` standard deviations, of which `variance` is the square, and
/// `slack`.
bool is_near(std::int64_t difference, std::int64_t variance, std::int64_t deviations,
             std::int64_t slack) noexcept {
  const auto beyond = std::max<std::int64_t>(0, difference - slack);
  return beyond * beyond <= deviations * deviations * variance;
}

bool is_printable_byte(std::uint8_t byte) noexcept { return byte >= 0x20 && byte <= 0x7e; }

bool begins_like_tls_or_http(std::span<const std::uint8_t> payload) noexcept {
  const auto text = as_text(payload);
  for (const std::string_view method : {"GET ", "PUT ", "POST", "HEAD"})
    if (text.starts_with(method)) return true;
  return payload.size() >= 3 && (payload[0] == 0x16 || payload[0] == 0x17) && payload[1] == 3 &&
         payload[2] <= 9;
}

}  // namespace

bool looks_random(std::span<const std::uint8_t> bytes) noexcept {
  constexpr std::size_t kFewest = 16;
  constexpr std::int64_t kDeviations = 4;
  const auto sample = tested(bytes);
  if (sample.size() < kFewest) return true;
  const auto size = static_cast<std::int64_t>(sample.size());
  // Of 8 bits a byte half are set, with a variance of a quarter each.
  const auto bits = bits_set(sample) - 4 * size;
  if (!is_near(bits < 0 ? -bits : bits, 2 * size, kDeviations, 0)) return false;
  // Pairs of equal bytes: one in 256 of all pairs, and the variance is about that number, too.
  std::array<std::uint16_t, 256> counts{};
  std::int64_t pairs = 0;
  for (const auto byte : sample) pairs += counts[byte]++;
  const auto expected = size * (size - 1) / 512;
  return is_near(pairs - expected, expected, kDeviations, 2);
}

bool is_fully_encrypted_by_wu(std::span<const std::uint8_t> payload) noexcept {
  constexpr std::size_t kFirst = 6, kRun = 20;
  const auto sample = tested(payload);
  if (sample.empty() || begins_like_tls_or_http(sample)) return false;
  const auto size = static_cast<std::int64_t>(sample.size());
  const auto tenths = 10 * bits_set(sample);
  if (tenths <= 34 * size || tenths >= 46 * size) return false;
  std::size_t printable = 0, run = 0, longest = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    run = is_printable_byte(sample[i]) ? run + 1 : 0;
    printable += run != 0 ? 1 : 0;
    longest = std::max(longest, run);
    if (i + 1 == kFirst && printable == kFirst) return false;
  }
  return 2 * printable <= sample.size() && longest <= kRun;
}

}  // namespace sekisho::engines::appid
