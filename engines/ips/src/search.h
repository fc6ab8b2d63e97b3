#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sekisho::engines::ips {

inline constexpr std::size_t kNotFound = ~std::size_t{0};

/// Where `pattern` first occurs in `bytes`. `nocase`: ASCII letters are equal in either case.
std::size_t find_bytes(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> pattern,
                       bool nocase) noexcept;

}  // namespace sekisho::engines::ips
