#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "rules/ips/parse.h"

namespace sekisho::rules::test {

inline RuleSet parse(std::string_view text) {
  RuleSet set;
  parse_rules(text, "test.rules", RuleContext::defaults(), set);
  return set;
}

/// The one rule in `text`, which must load.
inline Rule rule_of(std::string_view text) {
  const auto set = parse(text);
  INFO(text);
  for (const auto& one : set.refused) INFO(one.message);
  CHECK((set.refused.empty() ? std::string() : set.refused[0].message).empty());
  REQUIRE(set.rules.size() == 1);
  return set.rules[0];
}

/// A rule of these options, for TCP.
inline Rule with(const std::string& options,
                 const std::string& header = "alert tcp any any -> any any") {
  return rule_of(header + " (" + options + " sid:1;)");
}

/// Why the rule is refused; "" when it is not.
inline std::string refusal_of(const std::string& rule) {
  const auto set = parse(rule);
  return set.refused.empty() ? std::string() : set.refused[0].message;
}
inline std::string refusal_with(const std::string& options,
                                const std::string& header = "alert tcp any any -> any any") {
  return refusal_of(header + " (" + options + " sid:1;)");
}

template <class Element>
Element element_of(const Rule& rule, std::size_t buffer = 0, std::size_t element = 0) {
  REQUIRE(buffer < rule.buffers.size());
  REQUIRE(element < rule.buffers[buffer].elements.size());
  const auto* found = std::get_if<Element>(&rule.buffers[buffer].elements[element]);
  REQUIRE(found != nullptr);
  return *found;
}

template <class Test>
Test test_of(const Rule& rule, std::size_t index = 0) {
  REQUIRE(index < rule.tests.size());
  const auto* found = std::get_if<Test>(&rule.tests[index]);
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace sekisho::rules::test
