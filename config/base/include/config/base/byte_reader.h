#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho {

/// The one way to read untrusted bytes. Each read either advances and returns true,
/// or leaves the reader untouched and returns false. Integers are big-endian on the wire.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) noexcept : rest_(bytes) {}

  bool u8(std::uint8_t& out) noexcept {
    if (rest_.empty()) return false;
    out = rest_[0];
    rest_ = rest_.subspan(1);
    return true;
  }
  bool be16(std::uint16_t& out) noexcept {
    if (rest_.size() < 2) return false;
    out = static_cast<std::uint16_t>(rest_[0] << 8 | rest_[1]);
    rest_ = rest_.subspan(2);
    return true;
  }
  bool be32(std::uint32_t& out) noexcept {
    if (rest_.size() < 4) return false;
    out = std::uint32_t{rest_[0]} << 24 | std::uint32_t{rest_[1]} << 16 |
          std::uint32_t{rest_[2]} << 8 | rest_[3];
    rest_ = rest_.subspan(4);
    return true;
  }
  bool take(std::size_t count, std::span<const std::uint8_t>& out) noexcept {
    if (rest_.size() < count) return false;
    out = rest_.first(count);
    rest_ = rest_.subspan(count);
    return true;
  }
  bool skip(std::size_t count) noexcept {
    std::span<const std::uint8_t> ignored;
    return take(count, ignored);
  }
  std::span<const std::uint8_t> rest() const noexcept { return rest_; }

 private:
  std::span<const std::uint8_t> rest_;
};

/// Protocol text in place: no copy, no claim about its encoding.
inline std::string_view as_text(std::span<const std::uint8_t> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace sekisho
