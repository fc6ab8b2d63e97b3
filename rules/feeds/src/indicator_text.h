#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sekisho::rules {

/// Without what keeps people from clicking: hxxp://, [.], (.), {.}, [dot], [:], [://].
std::string refanged(std::string_view text);

/// "t13d1516h2_8daaf6152771_02713d6af862" (JA4's three parts, lower case).
bool is_ja4(std::string_view text) noexcept;
/// Only hexadecimal digits, of either case; of an empty text, too.
bool is_hex(std::string_view text) noexcept;

}  // namespace sekisho::rules
