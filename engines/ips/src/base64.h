#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sekisho::engines::ips {

enum class Base64Mode : std::uint8_t {
  rfc4648,  // stops at the first byte outside of the alphabet
  rfc2045,  // skips such bytes
  strict    // refuses them, and wrong padding
};

/// How many bytes were written to `out`, which needs 3/4 of the input's size; 0: nothing decodes.
std::size_t decode_base64(std::span<const std::uint8_t> text, Base64Mode mode,
                          std::span<std::uint8_t> out) noexcept;

}  // namespace sekisho::engines::ips
