#pragma once

#include <cstdint>
#include <span>

#include "config/base/byte_reader.h"

namespace sekisho::engines::tls {

/// One value of DER (X.690): tag byte and contents.
struct DerValue {
  std::uint8_t tag = 0;
  std::span<const std::uint8_t> body;
};

inline constexpr std::uint8_t kDerInteger = 0x02;
inline constexpr std::uint8_t kDerOid = 0x06;
inline constexpr std::uint8_t kDerOctetString = 0x04;
inline constexpr std::uint8_t kDerUtcTime = 0x17;
inline constexpr std::uint8_t kDerGeneralizedTime = 0x18;
inline constexpr std::uint8_t kDerSequence = 0x30;
inline constexpr std::uint8_t kDerSet = 0x31;

/// Reads values one behind the other; definite lengths up to 4 bytes, tags of one byte.
class DerReader {
 public:
  explicit DerReader(std::span<const std::uint8_t> bytes) noexcept : reader_(bytes) {}

  bool empty() const noexcept { return reader_.rest().empty(); }
  bool next(DerValue& value) noexcept {
    if (!reader_.u8(value.tag) || (value.tag & 0x1f) == 0x1f) return false;
    std::uint8_t first = 0;
    if (!reader_.u8(first)) return false;
    std::size_t length = first;
    if (first >= 0x80) {
      const unsigned count = first & 0x7f;
      if (count == 0 || count > 4) return false;
      length = 0;
      for (unsigned i = 0; i < count; ++i) {
        std::uint8_t byte = 0;
        if (!reader_.u8(byte)) return false;
        length = length << 8 | byte;
      }
    }
    return reader_.take(length, value.body);
  }
  /// The next value, which must have this tag.
  bool next(std::uint8_t tag, std::span<const std::uint8_t>& body) noexcept {
    DerValue value;
    if (!next(value) || value.tag != tag) return false;
    body = value.body;
    return true;
  }
  /// The next value only if it has this tag.
  bool next_if(std::uint8_t tag, std::span<const std::uint8_t>& body) noexcept {
    return !empty() && reader_.rest()[0] == tag && next(tag, body);
  }

 private:
  ByteReader reader_;
};

}  // namespace sekisho::engines::tls
