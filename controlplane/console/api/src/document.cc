#include "document.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "config/policy/policy.h"
#include "controlplane/console/http/message.h"
#include "openapi_document.h"
#include "yaml_json.h"

namespace sekisho::console {
namespace {

constexpr std::array<std::string_view, 5> kMethods{"get", "post", "put", "patch", "delete"};

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    segments.emplace_back(path.substr(0, path.find('/')));
    path.remove_prefix(segments.back().size());
  }
  return segments;
}

bool is_parameter(const std::string& segment) { return segment.starts_with('{'); }

std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return upper;
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

/// Every "#/$defs/NAME" becomes "#/components/schemas/Policy_NAME".
void move_references(Json& value) {
  constexpr std::string_view kDefinitions = "#/$defs/";
  if (value.is_object() || value.is_array())
    for (auto& member : value) move_references(member);
  if (!value.is_object() || !value.contains("$ref")) return;
  const auto target = value["$ref"].get<std::string>();
  if (target.starts_with(kDefinitions))
    value["$ref"] = "#/components/schemas/Policy_" + target.substr(kDefinitions.size());
}

std::string with_policy_schema(Json document) {
  Json policy = Json::parse(policy::json_schema());
  move_references(policy);
  auto& schemas = document["components"]["schemas"];
  if (policy.contains("$defs"))
    for (const auto& [name, definition] : policy["$defs"].items())
      schemas["Policy_" + name] = definition;
  for (const char* own : {"$defs", "$schema", "$id"}) policy.erase(own);
  schemas["Policy"] = std::move(policy);
  return document.dump();
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, bool form) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (form && text[i] == '+') {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (decoded.find('\0') != std::string::npos || !is_utf8(decoded)) return std::nullopt;
  return decoded;
}

Document::Document() : json_(json_of_yaml(openapi_yaml())), schemas_(json_) {
  for (const auto& [path, item] : json_.at("paths").items())
    for (const std::string_view method : kMethods) {
      if (!item.contains(method)) continue;
      auto operation = read_operation(item, item.at(std::string(method)));
      operation.method = upper_case(method);
      operation.path = segments_of(path);
      operations_.push_back(std::move(operation));
    }
  served_ = with_policy_schema(json_);
}

const Json& Document::resolved(const Json& value) const {
  if (!value.contains("$ref")) return value;
  return json_.at(Json::json_pointer(value["$ref"].get<std::string>().substr(1)));
}

Operation Document::read_operation(const Json& path_item, const Json& described) {
  Operation operation;
  operation.id = described.at("operationId").get<std::string>();
  operation.roles = described.at("x-roles").get<std::set<std::string>>();
  if (path_item.contains("parameters")) read_parameters(path_item["parameters"], operation);
  if (described.contains("parameters")) read_parameters(described["parameters"], operation);
  if (described.contains("requestBody")) read_body(described["requestBody"], operation);
  operation.max_body = described.value("x-max-body", http::kSmallBody);
  for (const auto& [status, answer] : described.at("responses").items())
    operation.statuses.insert(std::stoi(status));
  return operation;
}

void Document::read_parameters(const Json& parameters, Operation& operation) {
  for (const Json& listed : parameters) {
    const Json& parameter = resolved(listed);
    const auto place = parameter.at("in").get<std::string>();
    ParameterSpec spec;
    spec.name = parameter.at("name").get<std::string>();
    spec.place = place == "path"    ? ParameterSpec::Place::path
                 : place == "query" ? ParameterSpec::Place::query
                                    : ParameterSpec::Place::header;
    if (spec.place == ParameterSpec::Place::header) spec.name = lower_case(spec.name);
    spec.required = parameter.value("required", false);
    spec.schema = schemas_.compile(parameter.at("schema"));
    spec.fallback = parameter["schema"].value("default", Json());
    operation.parameters.push_back(std::move(spec));
  }
}

void Document::read_body(const Json& body, Operation& operation) {
  if (!body.value("required", false))
    throw std::invalid_argument(operation.id + ": a body that may be left out");
  operation.body = schemas_.compile(body.at("content").at("application/json").at("schema"));
}

Document::Match Document::match(const std::string& method, std::string_view path) const {
  Match match;
  if (!path.starts_with(kApiBase)) return match;
  const auto segments = segments_of(path.substr(kApiBase.size()));
  for (const Operation& operation : operations_) {
    if (operation.path.size() != segments.size()) continue;
    const auto fits = [](const std::string& wanted, const std::string& given) {
      return is_parameter(wanted) ? !given.empty() : wanted == given;
    };
    if (!std::equal(segments.begin(), segments.end(), operation.path.begin(),
                    [&](const auto& given, const auto& wanted) { return fits(wanted, given); }))
      continue;
    match.methods.insert(operation.method);
    if (operation.method != method) continue;
    match.operation = &operation;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const auto& name = operation.path[i];
      if (!is_parameter(name)) continue;
      // What cannot be decoded stays as it is: no schema accepts a '%'.
      match.values[name.substr(1, name.size() - 2)] =
          percent_decoded(segments[i], false).value_or(segments[i]);
    }
  }
  return match;
}

}  // namespace sekisho::console
