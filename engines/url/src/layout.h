#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// The file, little-endian:
///   Header | SymbolTable | sets: CategorySet × num_sets | shorts: Descriptor × num_shorts
///   | directory: a group for each eight buckets, and for the end | buckets | kPadding
/// A group: u32 place of its first bucket from the beginning of the buckets, u16 × 7 how far behind
/// that the others begin.
/// A bucket: u8 count | u8 fingerprint × count | u8 bytes of entry × count | entries.
/// An entry: u8 code, then the packed label. The code says parent, set and flags: one of the most
/// frequent descriptors; one of the next ones, by a second byte; or parent (3 or 4 bytes) and set
/// (1 or 2 bytes) follow. The parent is named by the place of its entry in the buckets plus one; 0
/// is the root. Labels are "com" below the root, "example" below com, then "/path" segments,
/// "?query", or kHostOnlyLabel.
namespace sekisho::engines::url {

inline constexpr std::array<char, 8> kMagic = {'S', 'K', 'U', 'R', 'L', 'D', 'B', '\0'};
inline constexpr std::uint32_t kFormatVersion = 2;
inline constexpr std::size_t kMaxFileBytes = std::size_t{1} << 32;  // places are 32 bits
inline constexpr std::size_t kPadding = 32;  // readers look at 16 bytes at a time
inline constexpr std::size_t kMaxLabelBytes = 120;
inline constexpr std::string_view kHostOnlyLabel = "=";

inline constexpr std::uint32_t kBucketsInGroup = 8;
inline constexpr std::size_t kGroupBytes = 4 + 2 * (kBucketsInGroup - 1);
/// Buckets and the end behind them.
inline constexpr std::uint64_t num_groups(std::uint32_t num_buckets) noexcept {
  return num_buckets / kBucketsInGroup + 1;
}

inline constexpr unsigned kMiddleCode = 192;  // below it: a descriptor by this byte alone
inline constexpr unsigned kLongCode = 224;    // + NodeFlag + LongForm
inline constexpr unsigned kMaxShorts = kMiddleCode + (kLongCode - kMiddleCode) * 256;
enum NodeFlag : std::uint8_t { kHasHosts = 1, kHasPaths = 2 };
enum LongForm : std::uint8_t { kWideSet = 4, kWideParent = 8 };
inline constexpr unsigned kLastLongCode = kLongCode + 15;
inline constexpr std::size_t kMiddleHead = 2;

inline std::size_t long_head_bytes(unsigned form) noexcept {
  return 1 + ((form & kWideParent) != 0 ? 4U : 3U) + ((form & kWideSet) != 0 ? 2U : 1U);
}

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t num_sets;
  std::array<char, 64> digest;  // SHA-256 of all behind it, hexadecimal
  std::uint64_t file_bytes;
  std::uint64_t seed;
  std::uint32_t num_buckets;
  std::uint32_t num_shorts;
  std::uint32_t num_entries;
  std::uint32_t num_nodes;
};
static_assert(sizeof(Header) == 112);
inline constexpr std::size_t kDigestCovers = offsetof(Header, file_bytes);

inline constexpr unsigned kEscape = 255;  // a code: the next byte stands for itself
struct SymbolTable {
  std::array<std::uint64_t, 255> symbols;  // up to eight characters, the first in the lowest byte
  std::array<std::uint8_t, 256> lengths;   // 0: no symbol
};

using CategorySet = std::array<std::uint16_t, 4>;  // ids, 0 where there are fewer; set 0 has none

struct Descriptor {
  std::uint32_t parent;
  std::uint16_t set;
  std::uint16_t flags;
  auto operator<=>(const Descriptor&) const = default;
};
static_assert(sizeof(Descriptor) == 8);

template <class T>
T read_at(const std::byte* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Up to eight characters as a number, the first in the lowest byte; reads no further than `size`.
inline std::uint64_t up_to_eight(const char* text, std::size_t size) noexcept {
  std::uint64_t value = 0;
  if (size >= 8) {
    std::memcpy(&value, text, 8);
    return value;
  }
  if (size >= 4) {
    std::uint32_t low = 0, high = 0;
    std::memcpy(&low, text, 4);
    std::memcpy(&high, text + size - 4, 4);
    return low | std::uint64_t{high} << (8 * (size - 4));
  }
  for (std::size_t i = 0; i < size; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  return value;
}

inline std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Of a node, from its parent's (the seed, for those below the root) and its label. `eight` is
/// up_to_eight, or says the same.
template <class Eight>
std::uint64_t node_hash(std::uint64_t parent, std::string_view label, Eight eight) noexcept {
  constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15, kSecond = 0xd6e8feb86659fd93;
  auto hash = parent ^ label.size() * kFirst;
  for (std::size_t at = 0; at < label.size(); at += 8)
    hash = mixed(hash ^ eight(label.data() + at, label.size() - at), kSecond);
  return mixed(hash ^ kFirst, kSecond);
}

inline std::uint32_t bucket_of(std::uint64_t hash, std::uint32_t num_buckets) noexcept {
  return static_cast<std::uint32_t>((hash >> 32) * num_buckets >> 32);
}
inline std::uint8_t fingerprint_of(std::uint64_t hash) noexcept {
  return static_cast<std::uint8_t>(hash);
}

}  // namespace sekisho::engines::url
