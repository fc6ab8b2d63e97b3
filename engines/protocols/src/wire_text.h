#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho::engines {

/// "192.0.2.1".
class Ipv4Text {
 public:
  explicit Ipv4Text(std::span<const std::uint8_t, 4> address) noexcept {
    char* at = room_.data();
    for (const auto byte : address) {
      if (at != room_.data()) *at++ = '.';
      at = std::to_chars(at, room_.data() + room_.size(), byte).ptr;
    }
    size_ = static_cast<std::size_t>(at - room_.data());
  }
  std::string_view view() const noexcept { return {room_.data(), size_}; }

 private:
  std::array<char, 16> room_;
  std::size_t size_ = 0;
};

/// Lower-case hexadecimal of up to 1,024 bytes, with a separator between them unless it is 0.
class HexText {
 public:
  explicit HexText(std::span<const std::uint8_t> bytes, char separator = 0) noexcept {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const auto byte : bytes.first(std::min(bytes.size(), kMaxBytes))) {
      if (separator != 0 && size_ > 0) room_[size_++] = separator;
      room_[size_++] = kDigits[byte >> 4];
      room_[size_++] = kDigits[byte & 15];
    }
  }
  std::string_view view() const noexcept { return {room_.data(), size_}; }

 private:
  static constexpr std::size_t kMaxBytes = 1024;
  std::array<char, 3 * kMaxBytes> room_;
  std::size_t size_ = 0;
};

}  // namespace sekisho::engines
