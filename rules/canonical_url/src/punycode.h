#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "byte_sink.h"

namespace sekisho::rules {

inline constexpr std::size_t kMaxLabelBytes = 63;

/// RFC 3492 §6.2: what stands behind "xn--". The number of code points, 0 when it is none.
std::size_t decode_punycode(std::string_view text, std::span<char32_t> out) noexcept;

/// RFC 3492 §6.3; false when the result has over kMaxLabelBytes bytes.
bool encode_punycode(std::span<const char32_t> label, ByteSink& out) noexcept;

}  // namespace sekisho::rules
