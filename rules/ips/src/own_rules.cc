#include "rules/ips/own_rules.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "rules/ips/variables.h"

namespace sekisho::rules {

namespace {

/// Where `position` in the text of `entry` is in the policy's.
policy::Position place_in(const policy::IpsRuleText& entry, const RulePosition& position) {
  if (!entry.has_own_lines) return entry.position;
  return {entry.position.line + std::max(position.line, 1U) - 1, position.column};
}

/// Of rules with one sid in several entries, or in one, the one that is in force.
class SameSids {
 public:
  explicit SameSids(std::vector<policy::Diagnostic>& warnings) : warnings_(warnings) {}

  void add(const policy::IpsRuleText& entry, const Rule& rule) {
    const Place place{&entry, rule.position, rule.signature, rule.revision};
    const auto [found, is_new] =
        in_force_.emplace(std::pair(rule.generator, rule.signature), place);
    if (is_new) return;
    const bool newer = rule.revision > found->second.revision;
    const auto& loser = newer ? found->second : place;
    const auto& winner = newer ? place : found->second;
    warn(*loser.entry, {loser.position, loser.signature, {}}, *winner.entry, winner.position);
    if (newer) found->second = place;
  }

  void warn(const policy::IpsRuleText& entry, RuleDiagnostic loser,
            const policy::IpsRuleText& other, const RulePosition& winner) {
    loser.message = "gives way to the rule with the same sid in line " +
                    std::to_string(place_in(other, winner).line);
    warnings_.push_back(placed(entry, loser));
  }

 private:
  struct Place {
    const policy::IpsRuleText* entry;
    RulePosition position;
    std::uint32_t signature, revision;
  };

  std::map<std::pair<std::uint32_t, std::uint32_t>, Place> in_force_;  // by gid and sid
  std::vector<policy::Diagnostic>& warnings_;
};

}  // namespace

policy::Diagnostic placed(const policy::IpsRuleText& entry, const RuleDiagnostic& found) {
  std::string what = "IPS rule";
  if (found.signature != 0) what += " " + std::to_string(found.signature);
  const auto line = std::max(found.position.line, 1U);
  if (!entry.has_own_lines && line > 1)
    what += " in line " + std::to_string(line) + " of the entry";
  return {place_in(entry, found.position), what + ": " + found.message};
}

OwnRules check_own_rules(const policy::Policy& policy) {
  const auto context = context_of(policy);
  OwnRules found;
  found.mistakes = check_variables(policy);
  if (!found.mistakes.empty()) return found;  // rules that use them would only say so again
  SameSids same_sids(found.warnings);
  for (const auto& entry : policy.ips_rules) {
    RuleSet set;
    parse_rules(entry.text, kOwnRulesFile, context, set);
    for (const auto& refused : set.refused) found.mistakes.push_back(placed(entry, refused));
    for (const auto& odd : set.warnings) {
      if (odd.same_sid)
        same_sids.warn(entry, odd, entry, *odd.same_sid);
      else
        found.warnings.push_back(placed(entry, odd));
    }
    for (const auto& rule : set.rules) same_sids.add(entry, rule);
    if (set.rules.empty() && set.refused.empty())
      found.warnings.push_back({entry.position, "an entry of ips_rules holds no rule"});
  }
  return found;
}

}  // namespace sekisho::rules
