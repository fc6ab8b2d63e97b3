#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sekisho::engines {

/// The text of a structured header field before its first parameter: "multipart/mixed".
std::span<const std::uint8_t> header_token(std::span<const std::uint8_t> value) noexcept;

/// Parameter `name` (lower case) of a structured header field, written to `room`: quotes undone,
/// continuations joined and percent encoding undone (RFC 2231). nullopt: there is none.
std::optional<std::span<const std::uint8_t>> header_parameter(
    std::span<const std::uint8_t> value, std::string_view name,
    std::span<std::uint8_t> room) noexcept;

/// Encoded words (RFC 2047) as the bytes that they stand for, in whatever charset, in place;
/// everything else as it is. How many bytes are left.
std::size_t decode_encoded_words(std::span<std::uint8_t> text) noexcept;

/// Takes the next address off a list of them: commas within quotes or comments separate none.
std::span<const std::uint8_t> take_address(std::span<const std::uint8_t>& list) noexcept;

}  // namespace sekisho::engines
