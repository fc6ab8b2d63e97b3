#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engines/pattern/literals.h"
#include "rules/ips/rule.h"

namespace sekisho::engines::ips {

/// The bytes that call a rule.
struct FastPattern {
  std::size_t buffer = 0;  // in Rule::buffers
  std::size_t element = 0;
  std::vector<std::uint8_t> bytes;  // at most pattern::kMaxLiteralBytes
  bool nocase = false;
  bool decides = false;  // where it is found, all tests of its buffer hold
  /// `bytes` is the text of an expression instead.
  bool is_expression = false;
  std::uint32_t options = 0;  // expression: PCRE2's
  std::uint32_t reach =
      pattern::kMaxLiteralBytes - 1;  // bytes before new ones that count with them
  std::size_t shortest = 0;           // bytes of what it finds, at least
};

/// How many rules contain a literal: what many rules share is likely common in traffic.
class LiteralCensus {
 public:
  void count(const rules::Rule& rule);
  std::uint32_t rules_with(const rules::Content& content) const;

 private:
  std::map<std::string, std::uint32_t> rules_;
};

/// nullopt: nothing of the rule can be searched for. An expression stands in where there is no
/// literal of rules::kShortestLiteral bytes. `transactional`: payload does not count.
std::optional<FastPattern> choose_fast_pattern(const rules::Rule& rule, bool transactional,
                                               const LiteralCensus& census);

}  // namespace sekisho::engines::ips
