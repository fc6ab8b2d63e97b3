#include "rule_names.h"

#include "tools/sekisho/text.h"

namespace sekisho::tools {

RuleNames RuleNames::of_current_policy(Context& context) {
  const auto answer =
      context.gateway->request(Peer::control, {{"op", "policy.show"}}, std::chrono::seconds(5));
  const auto* reply = std::get_if<nlohmann::json>(&answer);
  if (reply == nullptr) return {};
  std::vector<std::string> names;
  const View policy(*reply, "policy.show");
  for (const auto& rule : policy.object("meta").list("rules"))
    names.push_back(rule.text_or_empty("name"));
  return {std::move(names), policy.count_or_zero("serial")};
}

std::string RuleNames::name(std::uint64_t rule) const {
  if (serial_ != 0 && rule == names_.size() + 1) return "(block list)";
  return rule == 0 || rule > names_.size() ? std::string() : names_[rule - 1];
}

std::string RuleNames::label_of(const View& flow) const {
  const auto rule = flow.count("rule");
  const auto serial = flow.count("policy_serial");
  if (!serial || *serial == serial_) return label(rule);
  if (*serial == 0) return "-";
  return flow.text("rule") + "@" + std::to_string(*serial);
}

std::string RuleNames::label(std::optional<std::uint64_t> rule) const {
  if (!rule) return "-";
  if (*rule == 0) return "end of policy";
  const auto known = name(*rule);
  return std::to_string(*rule) + (known.empty() ? "" : " " + known);
}

}  // namespace sekisho::tools
