#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sekisho::snapshot {

/// The first bytes of a snapshot file, as they lie in it (little-endian, no padding).
struct FileHeader {
  std::array<char, 8> magic;
  std::array<std::uint8_t, 32> digest;  // SHA-256 of everything from `version` to the file's end
  std::uint32_t version;
  std::uint32_t num_sections;
  std::uint64_t file_bytes;
  std::uint64_t reserved;  // zero
};
static_assert(sizeof(FileHeader) == 64);
inline constexpr std::size_t kDigestCovers = offsetof(FileHeader, version);
inline constexpr std::array<char, 8> kMagic{'S', 'E', 'K', 'I', 'S', 'N', 'A', 'P'};

/// One row of the table behind the header; rows are in ascending order of name.
struct TableRow {
  std::array<char, 32> name;  // zero-filled behind its end
  std::uint64_t offset;       // from the file's start, a multiple of kSectionAlignment
  std::uint64_t bytes;
};
static_assert(sizeof(TableRow) == 48);

inline constexpr std::size_t kSectionAlignment = 64;
inline constexpr std::size_t kMaxNameBytes = 31;

constexpr std::uint64_t aligned(std::uint64_t offset) noexcept {
  return (offset + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment;
}

inline bool is_valid_name(std::string_view name) noexcept {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

}  // namespace sekisho::snapshot
