#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sekisho::console {

/// What `packed` (zlib, RFC 1950) holds when it is exactly `bytes` long; nothing otherwise.
std::optional<std::string> inflate_exactly(std::string_view packed, std::size_t bytes);

}  // namespace sekisho::console
