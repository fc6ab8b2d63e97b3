#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sekisho::content {

/// A zlib stream (RFC 1950), level 6. `bytes` is smaller than 4 GiB.
std::string pack(std::string_view bytes);

/// What `packed` holds; nothing when it is damaged, has something behind its end, or holds more
/// than `most` bytes. Takes no more memory than twice what comes out.
std::optional<std::string> unpack(std::string_view packed, std::size_t most);

}  // namespace sekisho::content
