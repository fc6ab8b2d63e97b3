#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "rules/ips/rule.h"

namespace sekisho::rules {

using RuleVariables = std::map<std::string, std::string, std::less<>>;

/// Resolves what a header says of addresses or ports; remembers what it resolved, as rules repeat
/// the same few expressions. All throw Refusal.
class ExpressionResolver {
 public:
  ExpressionResolver(const RuleVariables& addresses, const RuleVariables& ports)
      : address_variables_(addresses), port_variables_(ports) {}
  const AddressSet& addresses(std::string_view expression);
  const PortSet& ports(std::string_view expression);

 private:
  const RuleVariables& address_variables_;
  const RuleVariables& port_variables_;
  std::unordered_map<std::string, AddressSet> addresses_;
  std::unordered_map<std::string, PortSet> ports_;
};

/// Variables inside of variables, and brackets inside of brackets, at most so deep.
inline constexpr int kMaxExpressionDepth = 16;

}  // namespace sekisho::rules
