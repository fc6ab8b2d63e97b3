#pragma once

#include <string_view>
#include <vector>

namespace sekisho::rules {

/// `name;` or `name:value;`, as written, in the rule's text.
struct RuleOption {
  std::string_view name;
  std::string_view value;  // trimmed, quotes and escapes still in
  bool has_value = false;
};

/// The two halves of a rule's text. Throws Refusal.
struct RuleParts {
  std::string_view header;
  std::vector<RuleOption> options;
};
RuleParts split_rule(std::string_view text);

}  // namespace sekisho::rules
