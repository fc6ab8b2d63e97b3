#include "schema_validator.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>

namespace sekisho::policy {
namespace {

using Json = nlohmann::json;

Json plain_scalar(const std::string& text) {
  static const std::regex kNull("|~|null|Null|NULL");
  static const std::regex kTrue("true|True|TRUE");
  static const std::regex kFalse("false|False|FALSE");
  static const std::regex kInteger("[-+]?[0-9]{1,18}");
  static const std::regex kBased("0o[0-7]{1,15}|0x[0-9a-fA-F]{1,15}");
  static const std::regex kFloat("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?");
  if (std::regex_match(text, kNull)) return nullptr;
  if (std::regex_match(text, kTrue)) return true;
  if (std::regex_match(text, kFalse)) return false;
  if (std::regex_match(text, kInteger)) return std::stoll(text);
  if (std::regex_match(text, kBased))
    return std::stoll(text.substr(2), nullptr, text[1] == 'o' ? 8 : 16);
  if (std::regex_match(text, kFloat)) return std::stod(text);
  return text;
}

Json json_of(const YAML::Node& node) {
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& element : node) list.push_back(json_of(element));
    return list;
  }
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = json_of(entry.second);
    return object;
  }
  if (!node.IsScalar()) return nullptr;
  return node.Tag() == "!" ? Json(node.Scalar()) : plain_scalar(node.Scalar());
}

bool has_type(const Json& value, const std::string& type) {
  static const std::map<std::string, bool (*)(const Json&)> kTypes{
      {"null", [](const Json& v) { return v.is_null(); }},
      {"boolean", [](const Json& v) { return v.is_boolean(); }},
      {"integer", [](const Json& v) { return v.is_number_integer(); }},
      {"number", [](const Json& v) { return v.is_number(); }},
      {"string", [](const Json& v) { return v.is_string(); }},
      {"array", [](const Json& v) { return v.is_array(); }},
      {"object", [](const Json& v) { return v.is_object(); }},
  };
  return kTypes.at(type)(value);
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

using Rule = bool (*)(const Json& root, const Json& schema, const Json& argument,
                      const Json& value);

bool every(const Json& list, const auto& test) {
  return std::all_of(list.begin(), list.end(), test);
}

bool additional_properties(const Json& root, const Json& schema, const Json& argument,
                           const Json& value) {
  if (!value.is_object()) return true;
  for (const auto& [key, item] : value.items()) {
    const bool named = schema.contains("properties") && schema["properties"].contains(key);
    if (!named && !is_valid(root, argument, item)) return false;
  }
  return true;
}

bool properties(const Json& root, const Json&, const Json& argument, const Json& value) {
  for (const auto& [key, schema] : argument.items())
    if (value.is_object() && value.contains(key) && !is_valid(root, schema, value[key]))
      return false;
  return true;
}

bool dependent_schemas(const Json& root, const Json&, const Json& argument, const Json& value) {
  for (const auto& [key, schema] : argument.items())
    if (value.is_object() && value.contains(key) && !is_valid(root, schema, value)) return false;
  return true;
}

using Rules = std::map<std::string, Rule>;

/// Keywords about single values.
const Rules& value_rules() {
  static const Rules kRules{
      {"$ref",
       [](const Json& root, const Json&, const Json& argument, const Json& value) {
         const auto place = Json::json_pointer(argument.get<std::string>().substr(1));
         return is_valid(root, root.at(place), value);
       }},
      {"type",
       [](const Json&, const Json&, const Json& argument, const Json& value) {
         if (argument.is_string()) return has_type(value, argument);
         return std::any_of(argument.begin(), argument.end(),
                            [&](const Json& type) { return has_type(value, type); });
       }},
      {"const", [](const Json&, const Json&, const Json& argument,
                   const Json& value) { return argument == value; }},
      {"enum",
       [](const Json&, const Json&, const Json& argument, const Json& value) {
         return std::find(argument.begin(), argument.end(), value) != argument.end();
       }},
      {"minimum", [](const Json&, const Json&, const Json& argument,
                     const Json& value) { return !value.is_number() || value >= argument; }},
      {"maximum", [](const Json&, const Json&, const Json& argument,
                     const Json& value) { return !value.is_number() || value <= argument; }},
      {"maxLength",
       [](const Json&, const Json&, const Json& argument, const Json& value) {
         return !value.is_string() || characters(value) <= argument.get<std::size_t>();
       }},
      {"minLength",
       [](const Json&, const Json&, const Json& argument, const Json& value) {
         return !value.is_string() || characters(value) >= argument.get<std::size_t>();
       }},
      {"pattern",
       [](const Json&, const Json&, const Json& argument, const Json& value) {
         return !value.is_string() || std::regex_search(value.get<std::string>(),
                                                        std::regex(argument.get<std::string>()));
       }},
  };
  return kRules;
}

/// Keywords about lists, mappings and other schemas.
const Rules& structure_rules() {
  static const Rules kRules{
      {"items",
       [](const Json& root, const Json&, const Json& argument, const Json& value) {
         return !value.is_array() ||
                every(value, [&](const Json& item) { return is_valid(root, argument, item); });
       }},
      {"minItems", [](const Json&, const Json&, const Json& argument,
                      const Json& value) { return !value.is_array() || value.size() >= argument; }},
      {"maxItems", [](const Json&, const Json&, const Json& argument,
                      const Json& value) { return !value.is_array() || value.size() <= argument; }},
      {"uniqueItems",
       [](const Json&, const Json&, const Json&, const Json& value) {
         return !value.is_array() ||
                std::set<Json>(value.begin(), value.end()).size() == value.size();
       }},
      {"required",
       [](const Json&, const Json&, const Json& argument, const Json& value) {
         return !value.is_object() ||
                every(argument, [&](const Json& key) { return value.contains(key); });
       }},
      {"minProperties",
       [](const Json&, const Json&, const Json& argument, const Json& value) {
         return !value.is_object() || value.size() >= argument;
       }},
      {"maxProperties",
       [](const Json&, const Json&, const Json& argument, const Json& value) {
         return !value.is_object() || value.size() <= argument;
       }},
      {"properties", properties},
      {"additionalProperties", additional_properties},
      {"dependentSchemas", dependent_schemas},
      {"anyOf",
       [](const Json& root, const Json&, const Json& argument, const Json& value) {
         return std::any_of(argument.begin(), argument.end(),
                            [&](const Json& schema) { return is_valid(root, schema, value); });
       }},
      {"not", [](const Json& root, const Json&, const Json& argument,
                 const Json& value) { return !is_valid(root, argument, value); }},
  };
  return kRules;
}

}  // namespace

Json json_of_yaml(std::string_view yaml) { return json_of(YAML::Load(std::string(yaml))); }

bool is_valid(const Json& root, const Json& schema, const Json& value) {
  static const std::set<std::string> kNotes{"$schema", "$defs", "title", "description", "default"};
  if (schema.is_boolean()) return schema.get<bool>();
  bool valid = true;
  for (const auto& [keyword, argument] : schema.items()) {
    if (kNotes.contains(keyword)) continue;
    const Rules& rules = value_rules().contains(keyword) ? value_rules() : structure_rules();
    const auto rule = rules.find(keyword);
    if (rule == rules.end()) throw std::logic_error("unknown keyword " + keyword);
    valid = valid && rule->second(root, schema, argument, value);
  }
  return valid;
}

}  // namespace sekisho::policy
