#pragma once

#include <cstdint>

namespace sekisho::engines::stream {

// TCP sequence numbers modulo 2^32 (RFC 9293 §3.4): valid for numbers less than 2^31 apart.
constexpr std::int32_t distance(std::uint32_t from, std::uint32_t to) noexcept {
  return static_cast<std::int32_t>(to - from);
}
constexpr bool before(std::uint32_t a, std::uint32_t b) noexcept { return distance(b, a) < 0; }
constexpr bool after(std::uint32_t a, std::uint32_t b) noexcept { return before(b, a); }
constexpr void raise(std::uint32_t& value, std::uint32_t to) noexcept {
  if (after(to, value)) value = to;
}
constexpr std::uint32_t earlier(std::uint32_t a, std::uint32_t b) noexcept {
  return before(a, b) ? a : b;
}
constexpr std::uint32_t later(std::uint32_t a, std::uint32_t b) noexcept {
  return before(a, b) ? b : a;
}

}  // namespace sekisho::engines::stream
