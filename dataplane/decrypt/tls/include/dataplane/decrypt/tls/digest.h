#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string_view>

namespace sekisho::decrypt {

using Digest = std::array<std::uint8_t, 32>;  // SHA-256

/// Of the pieces, each with its length before it, so that no others come to the same bytes.
Digest digest_of(std::span<const std::string_view> pieces);

struct DigestHash {
  std::size_t operator()(const Digest& digest) const noexcept {
    std::size_t hash = 0;  // a digest is random enough
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
  }
};

}  // namespace sekisho::decrypt
