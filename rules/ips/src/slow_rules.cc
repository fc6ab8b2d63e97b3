#include <fmt/format.h>

#include <algorithm>

#include "rules/ips/parse.h"

namespace sekisho::rules {
namespace {

bool has_literal(const Rule& rule) {
  return std::any_of(rule.buffers.begin(), rule.buffers.end(), [](const BufferTests& buffer) {
    return std::any_of(buffer.elements.begin(), buffer.elements.end(),
                       [](const BufferElement& element) {
                         const auto* content = std::get_if<Content>(&element);
                         return content != nullptr && !content->negated &&
                                content->pattern.size() >= kShortestLiteral;
                       });
  });
}

/// A data set or a size is looked up at once; what searches is a content or an expression.
bool searches(const Rule& rule) {
  return std::any_of(rule.buffers.begin(), rule.buffers.end(), [](const BufferTests& buffer) {
    return std::any_of(
        buffer.elements.begin(), buffer.elements.end(), [](const BufferElement& element) {
          return std::holds_alternative<Content>(element) || std::holds_alternative<Pcre>(element);
        });
  });
}

}  // namespace

std::vector<RuleDiagnostic> slow_rules(const RuleSet& set) {
  std::vector<RuleDiagnostic> slow;
  for (const auto& rule : set.rules)
    if (searches(rule) && !has_literal(rule))
      slow.push_back(
          {rule.position, rule.signature,
           fmt::format("slow: no literal of {} bytes or more to search for", kShortestLiteral)});
  return slow;
}

}  // namespace sekisho::rules
