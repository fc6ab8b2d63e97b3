#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sekisho::console {

std::string to_hex(std::string_view bytes);  // lower case

/// Nothing: an odd length or another character.
std::optional<std::string> from_hex(std::string_view text);

}  // namespace sekisho::console
