// IPS rules before they are part of a draft: what the gateways' own parser makes of a text.
#include "ips_rule_json.h"
#include "rows.h"
#include "rules/ips/parse.h"
#include "rules/ips/variables.h"

namespace sekisho::console {
namespace {

http::Response check_ips_rules(Services& services, const Call& call) {
  const auto group = services.database().read([&](Session& session) {
    return group_of(session, services, call.tenant(), call.path.at("group"), Rows::read);
  });
  const auto& text = call.body["text"].get_ref<const std::string&>();
  const auto draft = services.policies.get(group.policy_hash, group.policy);
  rules::RuleSet set;
  rules::parse_rules(text, rules::kOwnRulesFile,
                     draft ? rules::context_of(draft->policy) : rules::RuleContext::of_gateway(),
                     set);
  auto warnings = warnings_of(set);
  return json_response(200, {{"num_rules", set.rules.size()},
                             {"num_disabled", set.num_disabled},
                             {"num_not_for_us", set.num_not_for_us},
                             {"num_refused", set.refused.size()},
                             {"num_warnings", warnings.size()},
                             {"rules", rules_json(set.rules)},
                             {"refused", findings_json(set.refused, text)},
                             {"warnings", findings_json(std::move(warnings), text)}});
}

}  // namespace

void add_ips_rule_handlers(Handlers& handlers) { handlers["checkIpsRules"] = check_ips_rules; }

}  // namespace sekisho::console
