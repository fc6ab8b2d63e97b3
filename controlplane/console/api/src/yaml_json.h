#pragma once

#include <string_view>

#include "json_text.h"

namespace sekisho::console {

/// One of our own YAML documents as JSON: plain scalars become booleans, numbers and null where
/// they look like it (YAML 1.2 core schema), scalars in quotes are texts. Throws YAML::Exception.
Json json_of_yaml(std::string_view text);

}  // namespace sekisho::console
