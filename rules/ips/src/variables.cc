#include "rules/ips/variables.h"

#include <algorithm>

#include "address_expression.h"
#include "text.h"

namespace sekisho::rules {

bool is_port_variable(std::string_view name, const RuleContext& context) {
  return context.port_variables.contains(name) ||
         (!context.address_variables.contains(name) &&
          (name.ends_with("_PORTS") || name.ends_with("_PORT")));
}

void set_variable(std::string_view name, std::string_view value, RuleContext& context) {
  auto& variables =
      is_port_variable(name, context) ? context.port_variables : context.address_variables;
  variables.insert_or_assign(std::string(name), std::string(value));
}

std::vector<VariableMistake> check_variables(const RuleContext& context) {
  std::vector<VariableMistake> mistakes;
  ExpressionResolver resolver(context.address_variables, context.port_variables);
  const auto check = [&](const std::string& name, const auto& resolve) {
    try {
      resolve("$" + name);
    } catch (const Refusal& refusal) {
      mistakes.push_back({name, refusal.message});
    }
  };
  for (const auto& [name, value] : context.address_variables)
    check(name, [&](const std::string& text) { resolver.addresses(text); });
  for (const auto& [name, value] : context.port_variables)
    check(name, [&](const std::string& text) { resolver.ports(text); });
  return mistakes;
}

RuleContext context_of(const policy::Policy& policy) {
  auto context = RuleContext::of_gateway();
  for (const auto& variable : policy.ips_variables)
    set_variable(variable.name, variable.value, context);
  return context;
}

std::vector<policy::Diagnostic> check_variables(const policy::Policy& policy) {
  std::vector<policy::Diagnostic> diagnostics;
  if (policy.ips_variables.empty()) return diagnostics;
  for (const auto& mistake : check_variables(context_of(policy))) {
    const auto own =
        std::find_if(policy.ips_variables.begin(), policy.ips_variables.end(),
                     [&](const auto& variable) { return variable.name == mistake.name; });
    if (own != policy.ips_variables.end())
      diagnostics.push_back({own->position, "IPS variable: " + mistake.message});
  }
  if (!diagnostics.empty()) return diagnostics;
  // What is defined elsewhere by means of the policy's: EXTERNAL_NET of a HOME_NET that is any.
  for (const auto& mistake : check_variables(context_of(policy)))
    diagnostics.push_back({policy.ips_variables.front().position,
                           "with these IPS variables $" + mistake.name +
                               " has no meaning: " + mistake.message + "; set it, too"});
  return diagnostics;
}

std::string variables_text(const policy::Policy& policy) {
  std::string text;
  for (const auto& variable : policy.ips_variables)
    text.append(variable.name).append("=").append(variable.value).append("\n");
  return text;
}

void parse_variables(std::string_view text, RuleContext& context) {
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    const auto name = take_until(line, '=');
    if (!name.empty() && !line.empty()) set_variable(name, line, context);
  }
}

}  // namespace sekisho::rules
