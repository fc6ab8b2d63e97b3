#include "content_check.h"

#include <algorithm>
#include <set>

#include "ips_rule_json.h"
#include "problem.h"

namespace sekisho::console {
namespace {

const std::string& text_of(const Json& file, const char* key) {
  return file[key].get_ref<const std::string&>();
}

void check_names(const Json& files) {
  std::set<std::string_view> names;
  for (const Json& file : files)
    if (!names.insert(text_of(file, "name")).second)
      throw Refusal(400, "invalid_request", "two files are named " + text_of(file, "name"))
          .with("field", "/files");
}

/// Each file's with its name, kMaxFindingsTold in all.
Json findings_of(const std::vector<rules::RuleDiagnostic>& findings, const Json& files) {
  Json list = Json::array();
  for (const Json& file : files) {
    std::vector<rules::RuleDiagnostic> here;
    for (const auto& finding : findings)
      if (finding.position.file == text_of(file, "name")) here.push_back(finding);
    for (Json& told : findings_json(std::move(here), text_of(file, "text"))) {
      if (list.size() >= kMaxFindingsTold) return list;
      told["file"] = file["name"];
      list.push_back(std::move(told));
    }
  }
  return list;
}

}  // namespace

rules::RuleSet parse_content(const Json& files) {
  check_names(files);
  auto context = rules::RuleContext::of_gateway();
  for (const Json& file : files)
    if (text_of(file, "name") == "classification.config")
      rules::parse_classifications(text_of(file, "text"), context);
  rules::RuleSet set;
  for (const Json& file : files)
    if (text_of(file, "name").ends_with(".rules"))
      rules::parse_rules(text_of(file, "text"), text_of(file, "name"), context, set);
  for (const Json& file : files)
    if (text_of(file, "name") == "threshold.config")
      rules::parse_thresholds(text_of(file, "text"), text_of(file, "name"), context, set);
  return set;
}

Json content_check_json(const rules::RuleSet& set, const Json& files) {
  const auto warnings = warnings_of(set);
  return {{"num_rules", set.rules.size()},
          {"num_disabled", set.num_disabled},
          {"num_not_for_us", set.num_not_for_us},
          {"num_refused", set.refused.size()},
          {"num_warnings", warnings.size()},
          {"rules", rules_json(set.rules)},
          {"refused", findings_of(set.refused, files)},
          {"warnings", findings_of(warnings, files)}};
}

}  // namespace sekisho::console
