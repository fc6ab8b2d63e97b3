// IPS rules before they are part of a draft: what the gateways' own parser makes of a text.
#include <algorithm>

#include "call.h"
#include "rules/ips/parse.h"

namespace sekisho::console {
namespace {

constexpr std::size_t kMaxRulesTold = 1000;
constexpr std::size_t kMaxFindingsTold = 1000;  // of the refused, and of the warnings

std::string_view name_of(rules::RuleAction action) {
  switch (action) {
    case rules::RuleAction::alert:
      return "alert";
    case rules::RuleAction::drop:
      return "drop";
    case rules::RuleAction::pass:
      return "pass";
    case rules::RuleAction::reject_source:
    case rules::RuleAction::reject_destination:
    case rules::RuleAction::reject_both:
      break;
  }
  return "reject";
}

Json json_of(const rules::Rule& rule) {
  return {{"line", rule.position.line}, {"signature", rule.signature},
          {"revision", rule.revision},  {"action", name_of(rule.header.action)},
          {"message", rule.message},    {"class_type", rule.class_type},
          {"priority", rule.priority}};
}

Json json_of(const rules::RuleDiagnostic& finding) {
  Json told{{"line", std::max(finding.position.line, 1U)},
            {"column", std::max(finding.position.column, 1U)},
            {"message", finding.message}};
  if (finding.signature != 0) told["signature"] = finding.signature;
  return told;
}

/// The first `limit` by their lines.
Json findings_json(std::vector<rules::RuleDiagnostic> findings, std::size_t limit) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const auto& a, const auto& b) { return a.position.line < b.position.line; });
  findings.resize(std::min(findings.size(), limit));
  Json list = Json::array();
  for (const auto& finding : findings) list.push_back(json_of(finding));
  return list;
}

Json rules_json(const std::vector<rules::Rule>& rules) {
  Json list = Json::array();
  const auto told = std::min(rules.size(), kMaxRulesTold);
  for (std::size_t i = 0; i < told; ++i) list.push_back(json_of(rules[i]));
  return list;
}

http::Response check_ips_rules(Services&, const Call& call) {
  rules::RuleSet set;
  rules::parse_rules(call.body["text"].get_ref<const std::string&>(), rules::kOwnRulesFile,
                     rules::RuleContext::of_gateway(), set);
  auto warnings = rules::slow_rules(set);
  warnings.insert(warnings.end(), set.warnings.begin(), set.warnings.end());
  return json_response(200, {{"num_rules", set.rules.size()},
                             {"num_disabled", set.num_disabled},
                             {"num_not_for_us", set.num_not_for_us},
                             {"num_refused", set.refused.size()},
                             {"num_warnings", warnings.size()},
                             {"rules", rules_json(set.rules)},
                             {"refused", findings_json(set.refused, kMaxFindingsTold)},
                             {"warnings", findings_json(std::move(warnings), kMaxFindingsTold)}});
}

}  // namespace

void add_ips_rule_handlers(Handlers& handlers) { handlers["checkIpsRules"] = check_ips_rules; }

}  // namespace sekisho::console
