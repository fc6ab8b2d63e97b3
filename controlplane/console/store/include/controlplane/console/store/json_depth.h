#pragma once

#include <cstddef>
#include <string_view>

namespace sekisho::console {

/// Of the JSON that gateways send; an honest one needs less than 16. Reading JSON takes no stack,
/// but writing it again takes some for each level.
inline constexpr std::size_t kMaxGatewayJsonLevels = 64;

/// Whether a JSON text has more than `levels` objects and arrays within each other. Of what is no
/// JSON it says something; a parser has to say that it is none.
bool nested_deeper(std::string_view json, std::size_t levels) noexcept;

}  // namespace sekisho::console
