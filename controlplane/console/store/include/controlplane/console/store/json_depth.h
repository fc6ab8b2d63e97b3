#pragma once

#include <cstddef>

#include "config/base/json_depth.h"

namespace sekisho::console {

/// Of the JSON that gateways send; an honest one needs less than 16. Reading JSON takes no stack,
/// but writing it again takes some for each level.
inline constexpr std::size_t kMaxGatewayJsonLevels = 64;

}  // namespace sekisho::console
