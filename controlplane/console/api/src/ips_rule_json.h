#pragma once

#include <string_view>
#include <vector>

#include "json_text.h"
#include "rules/ips/parse.h"

namespace sekisho::console {

/// What is told of one text at most: rules, and findings of either kind.
inline constexpr std::size_t kMaxRulesTold = 1000;
inline constexpr std::size_t kMaxFindingsTold = 1000;

/// IpsRule of openapi.yaml; the first kMaxRulesTold.
Json rules_json(const std::vector<rules::Rule>& rules);

/// IpsRuleFinding of openapi.yaml: of one text, the first kMaxFindingsTold by their lines.
Json findings_json(std::vector<rules::RuleDiagnostic> findings, std::string_view text);

/// Everything that is odd about the rules or makes them slow.
std::vector<rules::RuleDiagnostic> warnings_of(const rules::RuleSet& set);

}  // namespace sekisho::console
