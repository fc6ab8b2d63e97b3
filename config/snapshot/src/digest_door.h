#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace sekisho::snapshot {

using Sha256 = std::array<std::uint8_t, 32>;

/// The one place that knows OpenSSL. Aborts when the library itself is broken.
Sha256 sha256(std::span<const std::byte> bytes) noexcept;

}  // namespace sekisho::snapshot
