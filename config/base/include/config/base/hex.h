#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sekisho {

/// Two lower-case digits a byte.
std::string to_hex(std::string_view bytes);
std::string to_hex(std::span<const std::uint8_t> bytes);

/// Digits of either case. Nothing: an odd length or another character.
std::optional<std::string> from_hex(std::string_view text);

}  // namespace sekisho
