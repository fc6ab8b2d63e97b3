#include "search.h"

#include <immintrin.h>

#include <bit>
#include <cstring>

namespace sekisho::engines::ips {
namespace {

constexpr std::uint8_t lower(std::uint8_t byte) noexcept {
  return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte | 0x20) : byte;
}
constexpr bool is_letter(std::uint8_t byte) noexcept {
  return lower(byte) >= 'a' && lower(byte) <= 'z';
}

template <bool kNocaseSearch>
bool equal_at(const std::uint8_t* at, std::span<const std::uint8_t> pattern) noexcept {
  if constexpr (!kNocaseSearch) return std::memcmp(at, pattern.data(), pattern.size()) == 0;
  for (std::size_t i = 0; i < pattern.size(); ++i)
    if (lower(at[i]) != lower(pattern[i])) return false;
  return true;
}

/// Equality with one byte, in either case when it is a letter and case is ignored.
struct ByteProbe {
  __m256i value, fold;

  ByteProbe(std::uint8_t byte, bool nocase) noexcept {
    const bool folds = nocase && is_letter(byte);
    value = _mm256_set1_epi8(static_cast<char>(folds ? lower(byte) : byte));
    fold = _mm256_set1_epi8(static_cast<char>(folds ? 0x20 : 0));
  }
  __m256i equal(__m256i block) const noexcept {
    return _mm256_cmpeq_epi8(_mm256_or_si256(block, fold), value);
  }
};

/// Looks for the first and the last byte of the pattern 32 places at a time.
template <bool kNocaseSearch>
std::size_t find_in(std::span<const std::uint8_t> bytes,
                    std::span<const std::uint8_t> pattern) noexcept {
  const auto length = pattern.size();
  const std::size_t places = bytes.size() - length + 1;
  const ByteProbe first(pattern.front(), kNocaseSearch), last(pattern.back(), kNocaseSearch);
  std::size_t at = 0;
  for (; at + 32 <= places; at += 32) {
    const auto* p = bytes.data() + at;
    const auto head = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    const auto tail = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + length - 1));
    auto mask = static_cast<std::uint32_t>(
        _mm256_movemask_epi8(_mm256_and_si256(first.equal(head), last.equal(tail))));
    for (; mask != 0; mask &= mask - 1) {
      const auto place = static_cast<std::size_t>(std::countr_zero(mask));
      if (equal_at<kNocaseSearch>(p + place, pattern)) return at + place;
    }
  }
  for (; at < places; ++at)
    if (equal_at<kNocaseSearch>(bytes.data() + at, pattern)) return at;
  return kNotFound;
}

}  // namespace

std::size_t find_bytes(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> pattern,
                       bool nocase) noexcept {
  if (pattern.empty()) return 0;
  if (pattern.size() > bytes.size()) return kNotFound;
  return nocase ? find_in<true>(bytes, pattern) : find_in<false>(bytes, pattern);
}

}  // namespace sekisho::engines::ips
