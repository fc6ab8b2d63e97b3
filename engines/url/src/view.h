#pragma once

#include <vector>

#include "config/base/file_copy.h"
#include "engines/url/url_database.h"
#include "layout.h"

namespace sekisho::engines::url {

/// Where a walk down the tree of labels has come to.
struct Node {
  std::uint64_t hash = 0;
  std::uint32_t place = 0;  // of its entry plus one; 0: the root
  std::uint16_t set = 0;
  std::uint16_t flags = 0;
};

/// Top-level domains of at most eight characters, by those: every look-up begins with one.
struct TopLevels {
  static constexpr unsigned kBits = 12;
  struct Slot {
    std::uint64_t name = 0;
    Node node;
  };
  std::vector<Slot> slots = std::vector<Slot>(std::size_t{1} << kBits);

  static std::size_t slot_of(std::uint64_t name) noexcept {
    return static_cast<std::size_t>(name * 0x9e3779b97f4a7c15 >> (64 - kBits));
  }
};

/// A file that was checked, as find() reads it.
struct UrlDatabase::Impl {
  FileCopy file;  // empty when somebody else owns the bytes
  std::span<const std::byte> bytes;
  Header header{};
  /// Of the file, cut to their lengths; kEscape is an empty one.
  std::array<std::uint64_t, 256> symbols{};
  std::array<std::uint8_t, 256> lengths{};
  std::span<const std::byte> sets, shorts, directory;
  const std::byte* buckets = nullptr;
  TopLevels
      top_levels;  // found in the file once; one that has lost its slot to another is not here

  /// False: one is longer than eight characters.
  bool take_symbols(const SymbolTable& table) noexcept;
  void find_top_levels();
  CategorySet set(std::uint32_t index) const noexcept {
    return read_at<CategorySet>(sets.data() + index * sizeof(CategorySet));
  }
  Descriptor short_descriptor(std::uint32_t code) const noexcept {
    return read_at<Descriptor>(shorts.data() + code * sizeof(Descriptor));
  }
  std::uint32_t bucket_begin(std::uint32_t index) const noexcept {
    const auto* group = directory.data() + std::size_t{index / kBucketsInGroup} * kGroupBytes;
    const auto member = index % kBucketsInGroup;
    // The first has no distance: what is read in its place is a half of the group's own place.
    const auto distance = read_at<std::uint16_t>(group + 2 + 2 * std::size_t{member});
    return read_at<std::uint32_t>(group) + (member == 0 ? 0 : distance);
  }
};

/// Which descriptor an entry names whose code is below kLongCode.
inline unsigned short_index(const std::byte* entry) noexcept {
  const auto code = std::to_integer<unsigned>(*entry);
  const unsigned is_middle = code >= kMiddleCode ? 1 : 0;
  return code + is_middle * ((code - kMiddleCode) * 255 + std::to_integer<unsigned>(entry[1]));
}

/// The descriptor at `entry`, and how many bytes it takes; may look at seven, which kPadding
/// allows.
struct EntryHead {
  Descriptor descriptor;
  std::size_t bytes;
};
inline EntryHead read_head(const std::byte* entry, std::span<const std::byte> shorts) noexcept {
  const auto code = std::to_integer<unsigned>(*entry);
  if (code < kLongCode)
    return {read_at<Descriptor>(shorts.data() + short_index(entry) * sizeof(Descriptor)),
            std::size_t{1} + (code >= kMiddleCode ? 1 : 0)};
  const unsigned form = code - kLongCode;
  const bool is_wide = (form & kWideParent) != 0;
  const auto parent = read_at<std::uint32_t>(entry + 1) & (is_wide ? ~0U : 0xffffffU);
  const auto set = read_at<std::uint16_t>(entry + (is_wide ? 5 : 4)) &
                   ((form & kWideSet) != 0 ? 0xffffU : 0xffU);
  return {{parent, static_cast<std::uint16_t>(set),
           static_cast<std::uint16_t>(form & (kHasHosts | kHasPaths))},
          long_head_bytes(form)};
}

}  // namespace sekisho::engines::url
