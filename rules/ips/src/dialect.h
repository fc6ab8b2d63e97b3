#pragma once

#include "header.h"
#include "option_list.h"

namespace sekisho::rules {

/// Which language a rule is written in, told from the rule alone: see README.md.
Dialect dialect_of(const RuleParts& parts, bool has_addresses);

}  // namespace sekisho::rules
