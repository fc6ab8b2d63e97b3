#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/base/byte_reader.h"

namespace sekisho::engines::file_features {

using Bytes = std::span<const std::uint8_t>;

/// Little-endian numbers at offsets that the file itself gives: what is not wholly within reads as
/// nothing.
class FileView {
 public:
  explicit FileView(Bytes bytes) noexcept : bytes_(bytes) {}

  bool has(std::uint64_t at, std::uint64_t count) const noexcept {
    return at <= bytes_.size() && bytes_.size() - at >= count;
  }
  std::optional<std::uint16_t> le16(std::uint64_t at) const noexcept {
    if (!has(at, 2)) return std::nullopt;
    return static_cast<std::uint16_t>(little(at, 2));
  }
  std::optional<std::uint32_t> le32(std::uint64_t at) const noexcept {
    if (!has(at, 4)) return std::nullopt;
    return static_cast<std::uint32_t>(little(at, 4));
  }
  std::optional<std::uint64_t> le64(std::uint64_t at) const noexcept {
    if (!has(at, 8)) return std::nullopt;
    return little(at, 8);
  }
  /// An address of a program for 64 or 32 bits.
  std::optional<std::uint64_t> address(std::uint64_t at, bool is_64) const noexcept {
    const std::size_t bytes = is_64 ? 8 : 4;
    if (!has(at, bytes)) return std::nullopt;
    return little(at, bytes);
  }
  /// As much of it as there is.
  Bytes part(std::uint64_t at, std::uint64_t count) const noexcept {
    if (at >= bytes_.size()) return {};
    return bytes_.subspan(at, std::min<std::uint64_t>(count, bytes_.size() - at));
  }
  /// Up to a NUL, `most` bytes or the end.
  std::string_view text(std::uint64_t at, std::size_t most) const noexcept {
    const auto found = as_text(part(at, most));
    return found.substr(0, found.find('\0'));
  }
  Bytes bytes() const noexcept { return bytes_; }
  std::uint64_t size() const noexcept { return bytes_.size(); }

 private:
  std::uint64_t little(std::uint64_t at, std::size_t count) const noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | bytes_[at + i];
    return value;
  }
  Bytes bytes_;
};

}  // namespace sekisho::engines::file_features
