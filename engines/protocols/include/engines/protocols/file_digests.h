#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sekisho::engines {

/// MD5, SHA-1 and SHA-256 of a file as its bytes come, those that are asked for. No allocation,
/// cannot fail.
class FileDigests {
 public:
  struct Kinds {
    bool md5 = false, sha1 = false, sha256 = false;
    bool any() const noexcept { return md5 || sha1 || sha256; }
  };
  explicit FileDigests(Kinds kinds) noexcept;
  void add(std::span<const std::uint8_t> bytes) noexcept;

  struct Values {
    Kinds known{};  // the others are zero
    std::array<std::uint8_t, 16> md5{};
    std::array<std::uint8_t, 20> sha1{};
    std::array<std::uint8_t, 32> sha256{};
  };
  /// Of all bytes added so far; adding may go on.
  Values values() const noexcept;

 private:
  static constexpr std::size_t kStateBytes = 320;  // of the three, checked where they are made
  Kinds kinds_;
  alignas(8) std::array<std::byte, kStateBytes> state_;
};

}  // namespace sekisho::engines
