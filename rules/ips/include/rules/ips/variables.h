#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/policy/policy.h"
#include "rules/ips/parse.h"

namespace sekisho::rules {

/// The "file" of variables that goes with rules to their compiler: a line NAME=VALUE each.
inline constexpr std::string_view kVariablesFile = "variables.config";

/// Ports are told from addresses by the name: those that are known, and what ends in _PORTS or
/// _PORT.
bool is_port_variable(std::string_view name, const RuleContext& context);
void set_variable(std::string_view name, std::string_view value, RuleContext& context);

/// A variable whose value cannot be understood, or leaves no address or port.
struct VariableMistake {
  std::string name;
  std::string message;
};
std::vector<VariableMistake> check_variables(const RuleContext& context);

/// As a policy's rules and the packs that go with them are read: of_gateway() and the policy's own
/// variables.
RuleContext context_of(const policy::Policy& policy);
/// What is wrong with the policy's variables, with their places.
std::vector<policy::Diagnostic> check_variables(const policy::Policy& policy);

/// The policy's variables as kVariablesFile; empty when it has none.
std::string variables_text(const policy::Policy& policy);
/// Takes them up again; lines of another form are passed over.
void parse_variables(std::string_view text, RuleContext& context);

}  // namespace sekisho::rules
