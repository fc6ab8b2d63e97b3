#include <nlohmann/json.hpp>

#include "config/policy/policy.h"
#include "config/policy/profile_settings.h"
#include "file_format.h"
#include "setting_value.h"

namespace sekisho::policy {
namespace {

using Json = nlohmann::ordered_json;

template <std::size_t kCount>
Json schema_of(const std::array<Key, kCount>& keys) {
  Json schema{{"type", "object"}, {"additionalProperties", false}};
  for (const Key& key : keys) {
    Json value = Json::parse(key.schema);
    value["description"] = key.description;
    schema["properties"][std::string(key.name)] = std::move(value);
    if (key.required) schema["required"].push_back(key.name);
  }
  return schema;
}

// The loader takes a value that is not in quotes as the text it is written as, also where YAML
// would make a number or a boolean of it: `name: 2024`. A list may be left empty: `rules:`.

/// One text or several with commas between them, each of which `entry` (a regular expression)
/// describes.
Json text_of(const std::string& entry) {
  return {{"type", {"string", "number", "boolean"}},
          {"pattern", "^\\s*" + entry + "\\s*(,\\s*" + entry + "\\s*)*$"}};
}

constexpr const char* kAnyEntry = "[^,\\s]([^,]*[^,\\s])?";

Json text_schema() { return text_of(kAnyEntry); }

/// `text`, or a list of it; `at_least` 0: or nothing.
Json text_or_list(const Json& text, std::size_t at_least, std::size_t at_most = 0) {
  Json list{{"type", "array"}, {"items", text}};
  if (at_least > 0) list["minItems"] = at_least;
  if (at_most > 0) list["maxItems"] = at_most;
  Json schema{{"anyOf", {text, list}}};
  if (at_least == 0) schema["anyOf"].push_back({{"type", "null"}});
  return schema;
}

Json schema_of(const Setting& setting) {
  Json schema;
  switch (setting.type) {
    case SettingType::boolean:
      schema = {{"type", "boolean"}};
      break;
    case SettingType::integer:
      schema = {{"type", "integer"}, {"minimum", setting.minimum}, {"maximum", setting.maximum}};
      break;
    case SettingType::choice:
      schema = {{"enum", choices_of(setting)}};
      break;
    case SettingType::text:
      schema = {{"type", {"string", "number", "boolean", "null"}}, {"maxLength", kMaxSettingText}};
      if (!setting.multiline) schema["pattern"] = "^[^\\r\\n]*$";
      break;
    case SettingType::port_list: {
      Json port = text_of("[0-9]+");
      port["type"] = {"string", "integer"};
      port.update({{"minimum", 1}, {"maximum", 65535}});
      schema = text_or_list(port, 0, max_entries(setting));
      schema["anyOf"][1]["uniqueItems"] = true;
      break;
    }
    case SettingType::text_list: {
      const std::string pattern(pattern_of(setting.form));
      schema =
          text_or_list(text_of(pattern.empty() ? kAnyEntry : pattern), 0, max_entries(setting));
      break;
    }
  }
  std::visit([&](const auto& value) { schema["default"] = value; }, default_value(setting));
  schema["description"] = setting.description;
  return schema;
}

Json schema_of_profile() {
  Json profile{{"type", "object"}, {"additionalProperties", false}, {"required", {"name"}}};
  profile["properties"]["name"] = {{"$ref", "#/$defs/object_name"}};
  for (const auto& section : profile_sections()) {
    Json schema{
        {"type", "object"}, {"additionalProperties", false}, {"description", section.description}};
    for (const auto& setting : section.settings)
      schema["properties"][std::string(setting.name)] = schema_of(setting);
    profile["properties"][std::string(section.name)] = std::move(schema);
  }
  return profile;
}

Json text_with_any() { return {{"type", "string"}, {"pattern", "(^|,)\\s*any\\s*(,|$)"}}; }

/// What a rule selects: names and literals, or `any` alone.
Json selection(const std::string& entry) {
  const Json any{{"const", "any"}};
  Json entries = text_of(entry);
  entries["not"] = text_with_any();
  Json schema = text_or_list(entries, 1);
  schema["anyOf"].push_back(any);
  schema["anyOf"].push_back({{"type", "array"}, {"items", any}, {"minItems", 1}, {"maxItems", 1}});
  return schema;
}

/// The selectors are alternatives: at least one, and `any` only alone.
Json selectors(Json schema) {
  const Json any{{"enum", {"any", Json::array({"any"})}}};
  schema["minProperties"] = 1;
  schema["anyOf"] = {{{"maxProperties", 1}}, {{"additionalProperties", {{"not", any}}}}};
  return {{"anyOf", {Json{{"const", "any"}}, std::move(schema)}}};
}

Json name_schema(std::string_view pattern) {
  return {{"type", {"string", "number", "boolean"}},
          {"maxLength", kMaxNameCharacters},
          {"pattern", pattern}};
}

/// A paragraph: no control characters but the end of a line.
Json page_text_schema(std::size_t most) {
  return {{"type", {"string", "number", "boolean"}},
          {"maxLength", most},
          {"pattern", "^(?=[\\s\\S]*\\S)[^\\u0000-\\u0009\\u000b-\\u001f\\u007f]*$"}};
}

void add_text_definitions(Json& defs) {
  const std::string day = "(mon|tue|wed|thu|fri|sat|sun|weekdays|weekend|everyday)";
  defs["text"] = {{"type", {"string", "number", "boolean"}}, {"pattern", "\\S"}};
  defs["rule_name"] = name_schema("\\S");
  defs["object_name"] = name_schema("^[^,]*[^,\\s][^,]*$");
  defs["object_name"]["not"] = text_with_any();
  defs["strings"] = text_or_list(text_schema(), 1);
  defs["selection"] = selection(kAnyEntry);
  defs["countries"] = selection("[A-Z]{2}");
  defs["group_names"] = text_or_list(text_schema(), 1, kMaxGroupsOfUser);
  Json content = text_schema();
  content["not"] = text_with_any();
  defs["contents"] = text_or_list(content, 0);
  defs["user_hosts"] = text_or_list(content, 1);
  defs["days"] = text_or_list(text_of(day), 1, 7);
  defs["list_entry"] = {{"type", "string"}, {"minLength", 1}, {"maxLength", 2048}};
}

Json definitions() {
  Json defs;
  add_text_definitions(defs);
  defs["objects"] = schema_of(kObjectsKeys);
  defs["values_object"] = schema_of(kValuesObjectKeys);
  defs["user"] = schema_of(kUserKeys);
  defs["service_object"] = schema_of(kServiceObjectKeys);
  defs["schedule_object"] = schema_of(kScheduleObjectKeys);
  defs["url_category"] = schema_of(kUrlCategoryKeys);
  defs["category_title"] = page_text_schema(UrlCategoryObject::kMaxTitle);
  defs["application"] = schema_of(kApplicationKeys);
  defs["application"]["anyOf"] = {{{"required", {"hosts"}}}, {{"required", {"servers"}}}};
  defs["application_title"] = page_text_schema(ApplicationObject::kMaxTitle);
  defs["application_server"] = schema_of(kApplicationServerKeys);
  defs["application_server"]["minProperties"] = 1;
  defs["schedule_entry"] = schema_of(kScheduleEntryKeys);
  defs["rule"] = schema_of(kRuleKeys);
  defs["rule"]["dependentSchemas"]["block_with"]["properties"]["action"] = {{"const", "block"}};
  defs["source"] = selectors(schema_of(kSourceKeys));
  defs["destination"] = selectors(schema_of(kDestinationKeys));
  Json content = schema_of(kContentKeys);
  content["minProperties"] = 1;
  defs["content"] = {{"anyOf", {Json{{"const", "any"}}, std::move(content)}}};
  defs["lists"] = schema_of(kListsKeys);
  defs["packet_checks"] = schema_of(kPacketChecksKeys);
  defs["block_page"] = schema_of(kBlockPageKeys);
  defs["organisation"] = page_text_schema(BlockPage::kMaxOrganisation);
  defs["message"] = page_text_schema(BlockPage::kMaxMessage);
  defs["contact"] = page_text_schema(BlockPage::kMaxContact);
  defs["profile"] = schema_of_profile();
  const Json text{{"type", {"string", "number", "boolean"}}, {"pattern", "\\S"}};
  Json value{{"anyOf", {text, Json{{"type", "array"}, {"items", text}, {"minItems", 1}}}}};
  defs["ips_variables"] = {{"type", {"object", "null"}},
                           {"maxProperties", kMaxIpsVariables},
                           {"additionalProperties", std::move(value)}};
  return defs;
}

std::string make_schema() {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "Sekisho policy"}};
  schema.update(schema_of(kPolicyKeys));
  schema["$defs"] = definitions();
  return schema.dump(2) + "\n";
}

}  // namespace

std::string_view json_schema() {
  static const std::string kSchema = make_schema();
  return kSchema;
}

}  // namespace sekisho::policy
