#pragma once

#include "builder.h"

namespace sekisho::rules {

/// What can only be said of a whole rule: contradictions, and what its keywords mean for its
/// header. Throws Refusal.
void finish_rule(RuleBuilder& builder);

}  // namespace sekisho::rules
