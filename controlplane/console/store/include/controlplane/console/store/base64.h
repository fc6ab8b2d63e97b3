#pragma once

#include <string>
#include <string_view>

namespace sekisho::console {

/// Bytes as the database's text columns keep them: RFC 4648 section 4, with padding.
std::string to_base64(std::string_view bytes);

/// Throws std::runtime_error for what to_base64() did not make.
std::string from_base64(std::string_view text);

}  // namespace sekisho::console
