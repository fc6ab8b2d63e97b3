#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/base/byte_reader.h"
#include "engines/memory/memory_pool.h"

namespace sekisho::engines::http2 {

using Bytes = std::span<const std::uint8_t>;

/// Header fields of one direction in their order, kept as the text "name: value\r\n".
class HeaderList {
 public:
  static constexpr std::size_t kMaxText = 64 * 1024;
  static constexpr std::size_t kMaxFields = 512;

  explicit HeaderList(MemoryPool& pool) noexcept
      : text_(pool, kMaxText), entries_(pool, kMaxFields * sizeof(Entry)) {}

  /// False: over the bounds, left out.
  bool add(Bytes name, Bytes value) noexcept;
  std::size_t size() const noexcept { return entries_.size() / sizeof(Entry); }
  Bytes name(std::size_t index) const noexcept;
  Bytes value(std::size_t index) const noexcept;
  /// "name: value", without line end.
  Bytes line(std::size_t index) const noexcept;
  void clear() noexcept {
    text_.clear();
    entries_.clear();
  }
  /// The first of that name, which is in lower case.
  std::optional<Bytes> find(std::string_view name) const noexcept;
  /// All fields, each with its line end.
  Bytes text() const noexcept { return text_.view(); }

 private:
  struct Entry {
    std::uint32_t at;
    std::uint32_t name_bytes;
    std::uint32_t value_bytes;
  };
  Entry entry(std::size_t index) const noexcept;

  PooledBytes text_;
  PooledBytes entries_;
};

}  // namespace sekisho::engines::http2
