#pragma once

#include <cstdint>

namespace sekisho::decrypt {

// Numbers in network byte order; the caller has checked that the bytes are there.

inline std::uint16_t load16(const std::uint8_t* at) noexcept {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}
inline std::uint32_t load32(const std::uint8_t* at) noexcept {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
         at[3];
}
inline void store16(std::uint8_t* at, std::uint32_t value) noexcept {  // the lower 16 bits
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}
inline void store32(std::uint8_t* at, std::uint32_t value) noexcept {
  store16(at, value >> 16);
  store16(at + 2, value);
}

}  // namespace sekisho::decrypt
