#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "config/base/byte_reader.h"

namespace sekisho::engines::asn1 {

using Bytes = std::span<const std::uint8_t>;

/// One value of BER (X.690): identifier octet and contents.
struct Value {
  std::uint8_t tag = 0;
  Bytes body;
};

// X.680 §8.4 with the class and form bits of X.690 §8.1.2.
inline constexpr std::uint8_t kBoolean = 0x01;
inline constexpr std::uint8_t kInteger = 0x02;
inline constexpr std::uint8_t kOctetString = 0x04;
inline constexpr std::uint8_t kObjectIdentifier = 0x06;
inline constexpr std::uint8_t kEnumerated = 0x0a;
inline constexpr std::uint8_t kSequence = 0x30;
inline constexpr std::uint8_t kSet = 0x31;
constexpr std::uint8_t application(unsigned number) noexcept {
  return static_cast<std::uint8_t>(0x60 | number);
}
constexpr std::uint8_t context(unsigned number) noexcept {
  return static_cast<std::uint8_t>(0xa0 | number);
}
constexpr std::uint8_t context_primitive(unsigned number) noexcept {
  return static_cast<std::uint8_t>(0x80 | number);
}

/// Bytes of the value that begins with `head` (at least one byte), its identifier and length
/// included; UINT64_MAX: more are needed; 0: no value, of indefinite length, or of 2^32 and more.
std::uint64_t value_bytes(Bytes head) noexcept;

/// Values one behind the other: definite lengths, tags of one byte. Never deeper than the code that
/// asks.
class Reader {
 public:
  explicit Reader(Bytes bytes) noexcept : rest_(bytes) {}

  bool empty() const noexcept { return rest_.empty(); }
  Bytes rest() const noexcept { return rest_; }
  bool next(Value& value) noexcept;
  /// The next value, which must have this tag.
  bool next(std::uint8_t tag, Bytes& body) noexcept;
  /// The next value only if it has this tag.
  bool next_if(std::uint8_t tag, Bytes& body) noexcept;
  /// The next value, an integer or enumerated of at most 8 bytes.
  bool integer(std::uint8_t tag, std::int64_t& out) noexcept;

 private:
  Bytes rest_;
};

/// Two's complement of at most 8 bytes, or one more that is 0.
std::optional<std::int64_t> integer_of(Bytes body) noexcept;

/// "1.3.6.1.2.1" of an object identifier into `room`; what does not fit is left out.
std::span<const char> oid_text(Bytes body, std::span<char> room) noexcept;

}  // namespace sekisho::engines::asn1
