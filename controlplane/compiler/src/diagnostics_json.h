#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/policy/policy.h"
#include "controlplane/compiler/compile_rules.h"

namespace sekisho::controlplane {

/// {"rules": N, "warnings": [{"line", "column", "message"}], "diagnostics": [the same form],
/// "texts": [{"name", "rules", "refused"}]}; the last is left out when empty. Of a list the first
/// 1,000, then one that says how many more there are.
std::string diagnostics_json(std::uint32_t num_rules,
                             const std::vector<policy::Diagnostic>& warnings,
                             const std::vector<policy::Diagnostic>& mistakes,
                             const std::vector<RuleCount>& counts);

}  // namespace sekisho::controlplane
