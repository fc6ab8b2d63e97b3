#pragma once

#include <immintrin.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "config/base/result.h"

namespace sekisho::dataplane {

/// A 64-bit hash of 48 bytes under a random secret. Keyed because keys are chosen by strangers:
/// whoever can compute the hash can send a flood of flows that all share one bucket, and every
/// lookup of their victims becomes a walk. The secret is drawn at creation and never leaves.
class KeyedHash {
 public:
  static constexpr std::size_t kKeyBytes = 48;

  /// 128 random bits from the kernel, spread over the words used.
  static Result<KeyedHash> create();

  /// `key`: kKeyBytes readable bytes, every one of them part of the identity.
  std::uint64_t operator()(const void* key) const noexcept {
    std::array<std::uint64_t, 6> w;
    std::memcpy(w.data(), key, kKeyBytes);
    const std::uint64_t a = fold(w[0] ^ secret_[0], w[1] ^ secret_[1]);
    const std::uint64_t b = fold(w[2] ^ secret_[2], w[3] ^ secret_[3]);
    const std::uint64_t c = fold(w[4] ^ secret_[4], w[5] ^ secret_[5]);
    return fold(a ^ c ^ secret_[6], b ^ (c << 32 | c >> 32) ^ secret_[7]);
  }

 private:
  /// 128-bit product folded to 64 bits: every bit of both factors reaches every bit of the result.
  static std::uint64_t fold(std::uint64_t x, std::uint64_t y) noexcept {
    unsigned long long high = 0;
    const unsigned long long low = _mulx_u64(x, y, &high);
    return low ^ high;
  }

  std::array<std::uint64_t, 8> secret_{};
};

}  // namespace sekisho::dataplane
