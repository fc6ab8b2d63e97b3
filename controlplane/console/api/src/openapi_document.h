#pragma once

#include <string_view>

namespace sekisho::console {

/// openapi.yaml, as it was when this was built.
std::string_view openapi_yaml();

}  // namespace sekisho::console
