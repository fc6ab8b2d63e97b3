#pragma once

#include "json_text.h"
#include "rules/ips/parse.h"

namespace sekisho::console {

/// The files of a pack (ContentFile of openapi.yaml), read by the gateways' own parser. Refuses
/// (400) files with one name.
rules::RuleSet parse_content(const Json& files);

/// IpsRuleCheck of openapi.yaml; findings name their file.
Json content_check_json(const rules::RuleSet& set, const Json& files);

}  // namespace sekisho::console
