#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace sekisho::engines {

/// One-shot digests that neither allocate nor fail; safe on pinned cores.
using Md5 = std::array<std::uint8_t, 16>;
using Sha1 = std::array<std::uint8_t, 20>;
using Sha256 = std::array<std::uint8_t, 32>;
Md5 md5(std::span<const std::uint8_t> bytes) noexcept;
Sha1 sha1(std::span<const std::uint8_t> bytes) noexcept;
Sha256 sha256(std::span<const std::uint8_t> bytes) noexcept;

/// MD5 of bytes that come in pieces.
class Md5Stream {
 public:
  Md5Stream() noexcept;
  void update(std::span<const std::uint8_t> bytes) noexcept;
  /// Of the bytes so far; more may follow.
  Md5 digest() const noexcept;

 private:
  static constexpr std::size_t kContextBytes = 96;
  alignas(8) std::array<std::uint8_t, kContextBytes> context_;
};

inline constexpr std::size_t kMd5Hex = 32;
using Md5Hex = std::array<char, kMd5Hex>;
Md5Hex md5_hex(std::span<const std::uint8_t> bytes) noexcept;

/// Two lower-case digits a byte, into `out`, which has room for them.
void write_hex(std::span<const std::uint8_t> bytes, char* out) noexcept;

}  // namespace sekisho::engines
