#pragma once

#include <cstdint>
#include <span>

namespace sekisho::engines {

/// Integers at an offset of bytes that may end before; 0 then. For messages whose length was
/// checked once, and for those whose rest may be cut off.
inline std::uint64_t integer_at(std::span<const std::uint8_t> bytes, std::size_t offset,
                                std::size_t count, bool little) noexcept {
  if (offset > bytes.size() || bytes.size() - offset < count) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i)
    value = value << 8 | bytes[offset + (little ? count - 1 - i : i)];
  return value;
}
inline std::uint8_t u8_at(std::span<const std::uint8_t> bytes, std::size_t offset) noexcept {
  return offset < bytes.size() ? bytes[offset] : std::uint8_t{0};
}
inline std::uint16_t le16_at(std::span<const std::uint8_t> bytes, std::size_t offset) noexcept {
  return static_cast<std::uint16_t>(integer_at(bytes, offset, 2, true));
}
inline std::uint32_t le32_at(std::span<const std::uint8_t> bytes, std::size_t offset) noexcept {
  return static_cast<std::uint32_t>(integer_at(bytes, offset, 4, true));
}
inline std::uint64_t le64_at(std::span<const std::uint8_t> bytes, std::size_t offset) noexcept {
  return integer_at(bytes, offset, 8, true);
}
/// The part of `bytes` from `offset` with at most `count` bytes; empty beyond the end.
inline std::span<const std::uint8_t> slice(std::span<const std::uint8_t> bytes, std::size_t offset,
                                           std::size_t count = SIZE_MAX) noexcept {
  if (offset >= bytes.size()) return {};
  const auto rest = bytes.size() - offset;
  return bytes.subspan(offset, count < rest ? count : rest);
}

}  // namespace sekisho::engines
