#pragma once

#include <cstddef>
#include <string_view>

namespace sekisho {

/// Whether a JSON text has more than `levels` objects and arrays within each other. Of what is no
/// JSON it says something; a parser has to say that it is none.
bool nested_deeper(std::string_view json, std::size_t levels) noexcept;

}  // namespace sekisho
