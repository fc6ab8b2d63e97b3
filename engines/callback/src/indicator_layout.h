#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/base/address.h"
#include "engines/callback/indicators.h"

/// The file: a header, then slots, entries, steps, sources and texts, each array behind the other.
/// Written by indicator_compile.cc, checked and asked by indicator_database.cc.
namespace sekisho::engines::callback {

inline constexpr std::size_t kMaxIndicatorFileBytes = std::size_t{4} << 30;  // offsets are 32 bits
inline constexpr std::array<char, 8> kIndicatorMagic{'s', 'e', 'k', 'i', 'o', 'c', '0', '1'};

struct IndicatorHeader {
  std::array<char, 8> magic;
  std::uint32_t num_slots;  // of the hash table: a power of two with free ones, or 0
  std::uint32_t num_entries;
  std::uint32_t num_steps;
  std::uint32_t num_sources;
  std::uint32_t text_bytes;
  std::uint32_t reserved;
  std::array<std::uint32_t, kIndicatorKinds> num;  // indicators of each kind
  std::array<char, 64> digest;                     // SHA-256 of what follows the header, and of
                                                   // nothing else
};
static_assert(sizeof(IndicatorHeader) == 120);

struct TextPlace {
  std::uint32_t offset;
  std::uint32_t bytes;
};

struct IndicatorEntry {
  TextPlace text;
  std::uint32_t source;  // index
  IndicatorKind kind;
  std::uint8_t confidence;
  std::uint16_t reserved;
};
static_assert(sizeof(IndicatorEntry) == 16);

/// From `first` on, until the next of them, addresses are in the network of entry `entry` - 1.
struct AddressStep {
  IpAddress first;
  std::uint32_t entry;  // 0: in none
};
static_assert(sizeof(AddressStep) == 20);

/// FNV-1a from the end, so that all suffixes of a name cost one pass. Slots hold entry + 1.
class IndicatorHash {
 public:
  void add(char c) noexcept { value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3; }
  std::uint64_t of(IndicatorKind kind) const noexcept {
    auto with = (value_ ^ static_cast<std::uint64_t>(kind)) * 0x9e3779b97f4a7c15;
    return with ^ (with >> 32);
  }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

inline std::uint64_t indicator_hash(IndicatorKind kind, std::string_view text) noexcept {
  IndicatorHash hash;
  for (std::size_t i = text.size(); i-- > 0;) hash.add(text[i]);
  return hash.of(kind);
}

}  // namespace sekisho::engines::callback
