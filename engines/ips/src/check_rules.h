#pragma once

#include "config/base/result.h"
#include "rules/ips/parse.h"

namespace sekisho::engines::ips {

/// Whether rules can be run, without what they name outside of themselves: files, reputation and
/// countries are taken to be there. As compile(): those that cannot are moved to `rules.refused`.
Status check_rules(rules::RuleSet& rules);

}  // namespace sekisho::engines::ips
