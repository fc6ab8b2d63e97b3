#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/ips/rule.h"

namespace sekisho::engines::ips {

/// The bytes that call a rule.
struct FastPattern {
  std::size_t buffer = 0;  // in Rule::buffers
  std::size_t element = 0;
  std::vector<std::uint8_t> bytes;  // at most pattern::kMaxLiteralBytes
  bool nocase = false;
  bool decides = false;  // where it is found, all tests of its buffer hold
};

/// How many rules contain a literal: what many rules share is likely common in traffic.
class LiteralCensus {
 public:
  void count(const rules::Rule& rule);
  std::uint32_t rules_with(const rules::Content& content) const;

 private:
  std::map<std::string, std::uint32_t> rules_;
};

/// nullopt: no content of the rule can be searched for. `transactional`: payload does not count.
std::optional<FastPattern> choose_fast_pattern(const rules::Rule& rule, bool transactional,
                                               const LiteralCensus& census);

}  // namespace sekisho::engines::ips
