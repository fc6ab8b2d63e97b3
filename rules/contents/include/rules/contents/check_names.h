#pragma once

#include <vector>

#include "config/policy/policy.h"

namespace sekisho::rules {

/// The policy's names of contents against the catalogues, which config/policy does not know: what
/// enabled rules select must be an application, a URL category or a group of either; the policy's
/// own categories may not be named like built-in ones. Mistakes in the policy's order, with the
/// position of the rule or category.
std::vector<policy::Diagnostic> check_content_names(const policy::Policy& policy);

}  // namespace sekisho::rules
