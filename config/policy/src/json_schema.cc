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

/// A list of `item`, or the same as one comma-separated string.
Json list_or_text(const Json& item, std::size_t max_items) {
  const Json list{{"type", "array"}, {"items", item}, {"maxItems", max_items}};
  return {{"anyOf", {list, {{"type", "string"}}}}};
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
      schema = {{"type", "string"}, {"maxLength", kMaxSettingText}};
      if (!setting.multiline) schema["pattern"] = "^[^\\r\\n]*$";
      break;
    case SettingType::port_list: {
      schema = list_or_text({{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}},
                            max_entries(setting));
      schema["anyOf"].push_back({{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}});
      break;
    }
    case SettingType::text_list: {
      Json item{{"type", "string"}};
      if (setting.form == ItemForm::rule_number) item["type"] = {"string", "integer"};
      if (const auto pattern = pattern_of(setting.form); !pattern.empty())
        item["pattern"] = pattern;
      schema = list_or_text(item, max_entries(setting));
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

Json definitions() {
  const Json text{{"type", "string"}, {"minLength", 1}};
  const Json texts{{"type", "array"}, {"items", text}, {"minItems", 1}};
  const auto any_or = [](Json schema) {
    return Json{{"anyOf", {Json{{"const", "any"}}, std::move(schema)}}};
  };
  const Json day{
      {"enum",
       {"mon", "tue", "wed", "thu", "fri", "sat", "sun", "weekdays", "weekend", "everyday"}}};
  const Json country{{"type", "string"}, {"pattern", "^[A-Z]{2}$"}};
  Json source = schema_of(kSourceKeys);
  Json destination = schema_of(kDestinationKeys);
  source["minProperties"] = destination["minProperties"] = 1;
  Json content = schema_of(kContentKeys);
  content["minProperties"] = 1;
  Json defs;
  defs["object_name"] = {
      {"type", "string"}, {"minLength", 1}, {"maxLength", 128}, {"pattern", "^[^,]+$"}};
  defs["strings"] = {{"anyOf", {text, texts}}};
  defs["days"] = {{"anyOf", {text, Json{{"type", "array"}, {"items", day}, {"minItems", 1}}}}};
  defs["countries"] = {
      {"anyOf", {text, Json{{"type", "array"}, {"items", country}, {"minItems", 1}}}}};
  defs["list_entry"] = {{"type", "string"}, {"minLength", 1}, {"maxLength", 2048}};
  defs["objects"] = schema_of(kObjectsKeys);
  defs["values_object"] = schema_of(kValuesObjectKeys);
  defs["service_object"] = schema_of(kServiceObjectKeys);
  defs["schedule_object"] = schema_of(kScheduleObjectKeys);
  defs["schedule_entry"] = schema_of(kScheduleEntryKeys);
  defs["rule"] = schema_of(kRuleKeys);
  defs["source"] = any_or(std::move(source));
  defs["destination"] = any_or(std::move(destination));
  defs["content"] = any_or(std::move(content));
  defs["lists"] = schema_of(kListsKeys);
  defs["packet_checks"] = schema_of(kPacketChecksKeys);
  defs["profile"] = schema_of_profile();
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
