#pragma once

#include <string>

namespace sekisho::console {

/// The bytes of a stored capture. Throws std::runtime_error for what is no base64.
std::string from_base64(const std::string& text);

}  // namespace sekisho::console
