#include "schema.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <regex>
#include <set>
#include <stdexcept>

namespace sekisho::console {

struct SchemaNode {
  std::string type;  // "": any
  std::optional<std::int64_t> minimum, maximum;
  std::size_t min_length = 0;  // of a text in characters
  std::size_t max_length = std::numeric_limits<std::size_t>::max();
  std::size_t min_items = 0;  // of an array or an object
  std::size_t max_items = std::numeric_limits<std::size_t>::max();
  std::optional<std::regex> pattern;
  std::vector<Json> choices;
  const SchemaNode* items = nullptr;
  std::map<std::string, const SchemaNode*, std::less<>> properties;
  std::set<std::string> required;
  bool additional = true;
};

namespace {

// Said for people, or checked elsewhere.
constexpr std::array<std::string_view, 5> kAnnotations{"description", "default", "format",
                                                       "summary", "title"};

bool is_annotation(const std::string& keyword) {
  return std::find(kAnnotations.begin(), kAnnotations.end(), keyword) != kAnnotations.end();
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

bool has_type(const std::string& type, const Json& value) {
  if (type.empty()) return true;
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  // A number that does not fit into 64 bits with a sign came out as another type.
  return value.is_number_integer() &&
         (!value.is_number_unsigned() ||
          value.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()});
}

std::string article(const std::string& type) {
  const bool vowel = type == "object" || type == "array" || type == "integer";
  return (vowel ? "an " : "a ") + type;
}

using Found = std::optional<Violation>;

Found check_string(const SchemaNode& schema, const std::string& text, const std::string& pointer) {
  const auto length = characters(text);
  if (length < schema.min_length)
    return Violation{pointer, "shorter than " + std::to_string(schema.min_length) + " characters"};
  if (length > schema.max_length)
    return Violation{pointer, "longer than " + std::to_string(schema.max_length) + " characters"};
  if (schema.pattern && !std::regex_search(text, *schema.pattern))
    return Violation{pointer, "not of the form that is wanted here"};
  return std::nullopt;
}

Found check_count(const SchemaNode& schema, std::size_t count, const char* what,
                  const std::string& pointer) {
  if (count < schema.min_items)
    return Violation{pointer, "fewer than " + std::to_string(schema.min_items) + " " + what};
  if (count > schema.max_items)
    return Violation{pointer, "more than " + std::to_string(schema.max_items) + " " + what};
  return std::nullopt;
}

Found check_object(const SchemaNode& schema, const Json& value, const std::string& pointer) {
  for (const auto& name : schema.required)
    if (!value.contains(name)) return Violation{pointer_to(pointer, name), "missing"};
  for (const auto& [name, member] : value.items()) {
    const auto known = schema.properties.find(name);
    if (known == schema.properties.end()) {
      if (schema.additional) continue;
      return Violation{pointer_to(pointer, name), "there is no such field here", true};
    }
    if (auto found = validate(*known->second, member, pointer_to(pointer, name))) return found;
  }
  return check_count(schema, value.size(), "members", pointer);
}

Found check_array(const SchemaNode& schema, const Json& value, const std::string& pointer) {
  if (auto found = check_count(schema, value.size(), "elements", pointer)) return found;
  if (schema.items == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < value.size(); ++i)
    if (auto found = validate(*schema.items, value[i], pointer_to(pointer, i))) return found;
  return std::nullopt;
}

Found check_integer(const SchemaNode& schema, std::int64_t value, const std::string& pointer) {
  if (schema.minimum && value < *schema.minimum)
    return Violation{pointer, "less than " + std::to_string(*schema.minimum)};
  if (schema.maximum && value > *schema.maximum)
    return Violation{pointer, "more than " + std::to_string(*schema.maximum)};
  return std::nullopt;
}

Found check_choice(const SchemaNode& schema, const Json& value, const std::string& pointer) {
  const auto& choices = schema.choices;
  if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end())
    return std::nullopt;
  std::string all;
  for (const Json& choice : choices)
    all += (all.empty() ? "" : ", ") +
           (choice.is_string() ? choice.get<std::string>() : choice.dump());
  return Violation{pointer, "none of " + all};
}

}  // namespace

Schemas::Schemas(const Json& document) : document_(document) {}
Schemas::~Schemas() = default;

const SchemaNode* Schemas::compile(const Json& schema) {
  if (schema.contains("$ref")) return reference(schema["$ref"].get<std::string>());
  SchemaNode& node = *nodes_.emplace_back(std::make_unique<SchemaNode>());
  fill(node, schema);
  return &node;
}

const SchemaNode* Schemas::reference(const std::string& pointer) {
  if (const auto known = references_.find(pointer); known != references_.end())
    return known->second;
  if (!pointer.starts_with("#/")) throw std::invalid_argument("$ref " + pointer);
  SchemaNode& node = *nodes_.emplace_back(std::make_unique<SchemaNode>());
  references_[pointer] = &node;  // before it is filled: it may refer to itself
  fill(node, document_.at(Json::json_pointer(pointer.substr(1))));
  return &node;
}

void Schemas::fill(SchemaNode& node, const Json& schema) {
  for (const auto& [keyword, value] : schema.items()) {
    if (keyword == "type") {
      node.type = value.get<std::string>();
    } else if (keyword == "properties") {
      for (const auto& [name, property] : value.items()) node.properties[name] = compile(property);
    } else if (keyword == "required") {
      node.required = value.get<std::set<std::string>>();
    } else if (keyword == "additionalProperties") {
      node.additional = value.get<bool>();
    } else if (keyword == "items") {
      node.items = compile(value);
    } else if (keyword == "enum") {
      node.choices = value.get<std::vector<Json>>();
    } else if (keyword == "pattern") {
      node.pattern.emplace(value.get<std::string>(), std::regex::ECMAScript | std::regex::optimize);
    } else if (keyword == "minimum") {
      node.minimum = value.get<std::int64_t>();
    } else if (keyword == "maximum") {
      node.maximum = value.get<std::int64_t>();
    } else if (keyword == "minLength") {
      node.min_length = value.get<std::size_t>();
    } else if (keyword == "maxLength") {
      node.max_length = value.get<std::size_t>();
    } else if (keyword == "minItems" || keyword == "minProperties") {
      node.min_items = value.get<std::size_t>();
    } else if (keyword == "maxItems" || keyword == "maxProperties") {
      node.max_items = value.get<std::size_t>();
    } else if (!is_annotation(keyword)) {
      throw std::invalid_argument("schema keyword " + keyword);
    }
  }
  // std::regex recurses over its text.
  if (node.pattern && node.max_length > 1024)
    throw std::invalid_argument("a pattern needs a maxLength of at most 1024");
}

std::optional<Violation> validate(const SchemaNode& schema, const Json& value,
                                  const std::string& pointer) {
  if (!has_type(schema.type, value)) return Violation{pointer, "not " + article(schema.type)};
  if (auto found = check_choice(schema, value, pointer)) return found;
  if (value.is_string()) return check_string(schema, value.get_ref<const std::string&>(), pointer);
  if (value.is_object()) return check_object(schema, value, pointer);
  if (value.is_array()) return check_array(schema, value, pointer);
  if (schema.type == "integer") return check_integer(schema, value.get<std::int64_t>(), pointer);
  return std::nullopt;
}

Json value_of_parameter(const SchemaNode& schema, const std::string& text) {
  if (schema.type != "integer") return text;
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return text;
  return number;
}

}  // namespace sekisho::console
