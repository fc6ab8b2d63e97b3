#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sekisho::engines {

/// MD5, SHA-1 and SHA-256 of a file as its bytes come. No allocation, cannot fail.
class FileDigests {
 public:
  FileDigests() noexcept;
  void add(std::span<const std::uint8_t> bytes) noexcept;

  struct Values {
    std::array<std::uint8_t, 16> md5{};
    std::array<std::uint8_t, 20> sha1{};
    std::array<std::uint8_t, 32> sha256{};
  };
  /// Of all bytes added so far; adding may go on.
  Values values() const noexcept;

 private:
  static constexpr std::size_t kStateBytes = 320;  // of the three, checked where they are made
  alignas(8) std::array<std::byte, kStateBytes> state_;
};

}  // namespace sekisho::engines
