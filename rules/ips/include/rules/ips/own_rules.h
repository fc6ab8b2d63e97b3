#pragma once

#include <vector>

#include "config/policy/policy.h"
#include "rules/ips/parse.h"

namespace sekisho::rules {

/// What there is to say of the IPS rules and variables that an administrator wrote into a policy,
/// with its place in the policy's text.
struct OwnRules {
  std::vector<policy::Diagnostic> mistakes;  // what cannot be understood
  std::vector<policy::Diagnostic> warnings;
};

OwnRules check_own_rules(const policy::Policy& policy);

/// `found` in the text of `entry`, as a diagnostic of the policy.
policy::Diagnostic placed(const policy::IpsRuleText& entry, const RuleDiagnostic& found);

}  // namespace sekisho::rules
