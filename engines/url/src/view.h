#pragma once

#include "engines/url/url_database.h"
#include "layout.h"
#include "mapped_file.h"

namespace sekisho::engines::url {

/// A file that was checked, as find() reads it.
struct UrlDatabase::Impl {
  MappedFile file;  // empty when somebody else owns the bytes
  std::span<const std::byte> bytes;
  Header header{};
  SymbolTable table{};
  std::array<std::uint64_t, 256> masks{};  // of the symbols' lengths
  std::span<const std::byte> sets, shorts, directory;
  const std::byte* buckets = nullptr;

  CategorySet set(std::uint32_t index) const noexcept {
    return read_at<CategorySet>(sets.data() + index * sizeof(CategorySet));
  }
  Descriptor short_descriptor(std::uint32_t code) const noexcept {
    return read_at<Descriptor>(shorts.data() + code * sizeof(Descriptor));
  }
  std::uint32_t bucket_begin(std::uint32_t index) const noexcept {
    return read_at<std::uint32_t>(directory.data() + index * sizeof(std::uint32_t));
  }
};

/// The descriptor at `entry`, and how many bytes it takes.
struct EntryHead {
  Descriptor descriptor;
  std::size_t bytes;
};
inline EntryHead read_head(const std::byte* entry, std::span<const std::byte> shorts) noexcept {
  const auto code = std::to_integer<unsigned>(*entry);
  if (code < kLongCode) return {read_at<Descriptor>(shorts.data() + code * sizeof(Descriptor)), 1};
  return {{read_at<std::uint32_t>(entry + 1), read_at<std::uint16_t>(entry + 5),
           static_cast<std::uint16_t>(code - kLongCode)},
          kLongHead};
}

}  // namespace sekisho::engines::url
