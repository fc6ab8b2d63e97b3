#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho {

/// The bytes of a text in place: no copy, the text must outlive what is returned.
inline std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
template <std::size_t kSize>
std::span<const std::uint8_t> bytes_of(const std::array<char, kSize>& text) noexcept {
  return bytes_of(std::string_view(text.data(), kSize));
}
inline std::span<const std::uint8_t> bytes_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}
/// Room for bytes as room for a text.
inline std::span<char> chars_of(std::span<std::uint8_t> room) noexcept {
  return {reinterpret_cast<char*>(room.data()), room.size()};
}

}  // namespace sekisho
