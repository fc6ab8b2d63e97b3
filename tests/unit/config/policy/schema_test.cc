#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "config/policy/profile_settings.h"
#include "load_policy.h"

namespace sekisho::policy {
namespace {

using Json = nlohmann::json;

Json schema() { return Json::parse(json_schema()); }

/// Follows "$ref" and, of alternatives, the one that is a mapping.
const Json& resolve(const Json& root, const Json& node) {
  if (node.contains("$ref")) {
    const auto path = node["$ref"].get<std::string>().substr(1);
    return resolve(root, root.at(Json::json_pointer(path)));
  }
  if (node.contains("anyOf"))
    for (const auto& alternative : node["anyOf"])
      if (resolve(root, alternative).contains("properties")) return resolve(root, alternative);
  return node;
}

/// Calls `each(keys on the way, properties)` for every mapping that the schema describes.
template <class Each>
void walk(const Json& root, const Json& node, const std::string& path, const Each& each) {
  const Json& here = resolve(root, node);
  if (here.contains("items")) walk(root, here["items"], path, each);
  if (!here.contains("properties")) return;
  each(path, here);
  for (const auto& [key, value] : here["properties"].items())
    walk(root, value, std::string(path).append("/").append(key), each);
}

TEST_CASE("the schema is JSON of draft 2020-12 whose references all resolve") {
  const auto root = schema();
  CHECK(root["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  std::size_t mappings = 0;
  walk(root, root, "", [&](const std::string& path, const Json& mapping) {
    CAPTURE(path);
    CHECK(mapping["additionalProperties"] == false);
    ++mappings;
  });
  // The file, its block page, users, 6 kinds of objects, lists, rules with their parts, profiles.
  CHECK(mappings == 20 + profile_sections().size());
}

TEST_CASE("every key of the schema is one the loader knows") {
  const auto root = schema();
  walk(root, root, "", [&](const std::string& path, const Json& mapping) {
    for (const auto& [key, value] : mapping["properties"].items()) {
      // Build the nest of mappings that leads to the key, and give the key a wrong kind of value.
      std::string yaml = "[[]]";
      std::string rest = path;
      rest.append("/").append(key);
      while (!rest.empty()) {
        const auto slash = rest.rfind('/');
        const auto step = rest.substr(slash + 1);
        rest.resize(slash);
        const bool in_list = yaml != "[[]]" && (step == "rules" || step == "profiles" ||
                                                step == "entries" || rest == "/objects");
        if (in_list) yaml.insert(0, "[").append("]");
        yaml.insert(0, ": ").insert(0, step).insert(0, "{").append("}");
      }
      CAPTURE(yaml);
      const auto report = load_bad(yaml);
      CHECK(report.find("is not a key of") == report.npos);
      CHECK(report.find("is not a setting of") == report.npos);
      CHECK(report.find("is not a section of") == report.npos);
    }
  });
}

TEST_CASE("every key of the factory policy is in the schema") {
  const auto root = schema();
  std::vector<std::string> known;
  walk(root, root, "", [&](const std::string&, const Json& mapping) {
    for (const auto& [key, value] : mapping["properties"].items()) known.push_back(key);
  });
  // A key stands before a colon, at the start of a line or of a flow mapping.
  const std::string yaml(factory_policy_yaml());
  std::size_t keys = 0;
  for (std::size_t colon = yaml.find(':'); colon != yaml.npos; colon = yaml.find(':', colon + 1)) {
    const auto line_start = yaml.rfind('\n', colon) + 1;
    if (yaml.find('#', line_start) < colon) continue;
    const auto begin = yaml.find_last_of(" {\n", colon - 1) + 1;
    const auto key = yaml.substr(begin, colon - begin);
    CAPTURE(key);
    CHECK(std::find(known.begin(), known.end(), key) != known.end());
    ++keys;
  }
  CHECK(keys > 60);
}

TEST_CASE("the schema tells defaults and limits of settings") {
  const auto root = schema();
  const auto& mail = root["$defs"]["profile"]["properties"]["mail"]["properties"];
  CHECK(mail["smtp_error_code"]["minimum"] == 400);
  CHECK(mail["smtp_error_code"]["maximum"] == 599);
  CHECK(mail["smtp_error_code"]["default"] == 450);
  CHECK(mail["anti_malware_action"]["enum"] == Json{"block", "tag"});
  CHECK(mail["smtp"]["default"] == true);
  CHECK(root["$defs"]["profile"]["properties"]["https_decryption"]["properties"]["ports"]
            ["default"] == Json{443, 8443});
}

}  // namespace
}  // namespace sekisho::policy
