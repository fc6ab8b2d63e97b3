#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sekisho::bundle {

/// Offsets of README.md. All integers are big-endian.
inline constexpr std::string_view kMagic = "SKBUNDL1";
inline constexpr std::size_t kKeyIdAt = 8;
inline constexpr std::size_t kKeyIdBytes = 8;
inline constexpr std::size_t kSignatureAt = 16;
inline constexpr std::size_t kSignatureBytes = 64;
inline constexpr std::size_t kSignedAt = 80;  // the signature covers everything from here
inline constexpr std::size_t kBundleBytesAt = 80;
inline constexpr std::size_t kManifestBytesAt = 84;
inline constexpr std::size_t kManifestAt = 88;

template <class Integer>
void append_be(std::string& out, Integer value) {
  for (std::size_t i = sizeof value; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xff);
}

/// `at` + sizeof(Integer) lies within `bytes`.
template <class Integer>
Integer get_be(std::string_view bytes, std::size_t at) noexcept {
  Integer value = 0;
  for (const char byte : bytes.substr(at, sizeof value))
    value = static_cast<Integer>(value << 8 | static_cast<unsigned char>(byte));
  return value;
}

}  // namespace sekisho::bundle
