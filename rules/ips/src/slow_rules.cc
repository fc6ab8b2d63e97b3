#include <fmt/format.h>

#include <algorithm>

#include "rules/ips/parse.h"

namespace sekisho::rules {
namespace {

bool can_be_searched_for(const BufferElement& element) {
  if (const auto* content = std::get_if<Content>(&element))
    return !content->negated && content->pattern.size() >= kShortestLiteral;
  const auto* pcre = std::get_if<Pcre>(&element);
  return pcre != nullptr && !pcre->negated && !pcre->relative;
}

bool can_be_searched_for(const Rule& rule) {
  return std::any_of(rule.buffers.begin(), rule.buffers.end(), [](const BufferTests& buffer) {
    return std::any_of(buffer.elements.begin(), buffer.elements.end(),
                       [](const BufferElement& element) { return can_be_searched_for(element); });
  });
}

}  // namespace

bool searches(const Rule& rule) {
  return std::any_of(rule.buffers.begin(), rule.buffers.end(), [](const BufferTests& buffer) {
    return std::any_of(
        buffer.elements.begin(), buffer.elements.end(), [](const BufferElement& element) {
          return std::holds_alternative<Content>(element) || std::holds_alternative<Pcre>(element);
        });
  });
}

RuleDiagnostic slow_rule(const Rule& rule) {
  return {rule.position, rule.signature,
          fmt::format("slow: nothing of {} bytes or more to search for", kShortestLiteral)};
}

std::vector<RuleDiagnostic> slow_rules(const RuleSet& set) {
  std::vector<RuleDiagnostic> slow;
  for (const auto& rule : set.rules)
    if (searches(rule) && !can_be_searched_for(rule)) slow.push_back(slow_rule(rule));
  return slow;
}

}  // namespace sekisho::rules
