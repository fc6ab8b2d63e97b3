#include "ips_rule_json.h"

#include <algorithm>

namespace sekisho::console {
namespace {

std::string_view name_of(rules::RuleAction action) {
  switch (action) {
    case rules::RuleAction::alert:
      return "alert";
    case rules::RuleAction::drop:
      return "drop";
    case rules::RuleAction::pass:
      return "pass";
    case rules::RuleAction::reject_source:
    case rules::RuleAction::reject_destination:
    case rules::RuleAction::reject_both:
      break;
  }
  return "reject";
}

Json json_of(const rules::Rule& rule) {
  return {{"line", rule.position.line}, {"signature", rule.signature},
          {"revision", rule.revision},  {"action", name_of(rule.header.action)},
          {"message", rule.message},    {"class_type", rule.class_type},
          {"priority", rule.priority}};
}

/// The parser counts a line's bytes; people count its characters. Walks down a text: lines are
/// asked for in their order.
class Columns {
 public:
  explicit Columns(std::string_view text) : rest_(text) {}

  std::uint32_t character(const rules::RulePosition& position) {
    for (; line_ < position.line; ++line_) {
      const auto end = rest_.find('\n');
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    }
    const auto before = rest_.substr(0, std::max(position.column, 1U) - 1);
    const auto is_first = [](char byte) { return (byte & 0xc0) != 0x80; };
    return static_cast<std::uint32_t>(std::count_if(before.begin(), before.end(), is_first)) + 1;
  }

 private:
  std::string_view rest_;  // from the beginning of
  std::uint32_t line_ = 1;
};

Json json_of(const rules::RuleDiagnostic& finding, Columns& columns) {
  Json told{{"line", std::max(finding.position.line, 1U)},
            {"column", columns.character(finding.position)},
            {"message", finding.message}};
  if (finding.signature != 0) told["signature"] = finding.signature;
  return told;
}

}  // namespace

Json findings_json(std::vector<rules::RuleDiagnostic> findings, std::string_view text) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const auto& a, const auto& b) { return a.position.line < b.position.line; });
  findings.resize(std::min(findings.size(), kMaxFindingsTold));
  Columns columns(text);
  Json list = Json::array();
  for (const auto& finding : findings) list.push_back(json_of(finding, columns));
  return list;
}

Json rules_json(const std::vector<rules::Rule>& rules) {
  Json list = Json::array();
  const auto told = std::min(rules.size(), kMaxRulesTold);
  for (std::size_t i = 0; i < told; ++i) list.push_back(json_of(rules[i]));
  return list;
}

std::vector<rules::RuleDiagnostic> warnings_of(const rules::RuleSet& set) {
  auto warnings = rules::slow_rules(set);
  warnings.insert(warnings.end(), set.warnings.begin(), set.warnings.end());
  return warnings;
}

}  // namespace sekisho::console
