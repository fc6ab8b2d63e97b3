#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/policy/policy.h"

namespace sekisho::controlplane {

/// {"rules": N, "warnings": [{"line", "column", "message"}], "diagnostics": [the same form]}
std::string diagnostics_json(std::uint32_t num_rules,
                             const std::vector<policy::Diagnostic>& warnings,
                             const std::vector<policy::Diagnostic>& mistakes);

}  // namespace sekisho::controlplane
