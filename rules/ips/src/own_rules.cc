#include "rules/ips/own_rules.h"

#include <algorithm>
#include <string>

#include "rules/ips/variables.h"

namespace sekisho::rules {

policy::Diagnostic placed(const policy::IpsRuleText& entry, const RuleDiagnostic& found) {
  std::string what = "IPS rule";
  if (found.signature != 0) what += " " + std::to_string(found.signature);
  const auto line = std::max(found.position.line, 1U);
  auto position = entry.position;
  if (entry.has_own_lines)
    position = {position.line + line - 1, found.position.column};
  else if (line > 1)
    what += " in line " + std::to_string(line) + " of the entry";
  return {position, what + ": " + found.message};
}

OwnRules check_own_rules(const policy::Policy& policy) {
  const auto context = context_of(policy);
  OwnRules found;
  found.mistakes = check_variables(policy);
  if (!found.mistakes.empty()) return found;  // rules that use them would only say so again
  for (const auto& entry : policy.ips_rules) {
    RuleSet set;
    parse_rules(entry.text, kOwnRulesFile, context, set);
    for (const auto& refused : set.refused) found.mistakes.push_back(placed(entry, refused));
    for (const auto& odd : set.warnings) found.warnings.push_back(placed(entry, odd));
    if (set.rules.empty() && set.refused.empty())
      found.warnings.push_back({entry.position, "an entry of ips_rules holds no rule"});
  }
  return found;
}

}  // namespace sekisho::rules
