#include "yaml_json.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <string>

namespace sekisho::console {
namespace {

template <class Number>
bool read_number(const std::string& text, Number& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

Json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // it stands in quotes
  if (text == "true") return true;
  if (text == "false") return false;
  if (text.empty() || text == "~" || text == "null") return nullptr;
  if (std::int64_t integer = 0; read_number(text, integer)) return integer;
  if (double real = 0;
      text.find_first_not_of("+-.0123456789eE") == std::string::npos && read_number(text, real))
    return real;
  return text;
}

Json convert(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return scalar(node);
    case YAML::NodeType::Sequence: {
      Json array = Json::array();
      for (const auto& element : node) array.push_back(convert(element));
      return array;
    }
    case YAML::NodeType::Map: {
      Json object = Json::object();
      for (const auto& member : node) object[member.first.Scalar()] = convert(member.second);
      return object;
    }
    default:
      return nullptr;
  }
}

}  // namespace

Json json_of_yaml(std::string_view text) { return convert(YAML::Load(std::string(text))); }

}  // namespace sekisho::console
