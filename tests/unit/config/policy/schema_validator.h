#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sekisho::policy {

/// What editors see of a YAML document: its values as the core schema of YAML 1.2 (section 10.3)
/// reads them. Throws YAML::Exception on a syntax error.
nlohmann::json json_of_yaml(std::string_view yaml);

/// Whether `value` is valid by `schema` (JSON Schema 2020-12), whose references start at `root`.
/// Throws std::logic_error for a keyword that it does not know.
bool is_valid(const nlohmann::json& root, const nlohmann::json& schema,
              const nlohmann::json& value);

}  // namespace sekisho::policy
