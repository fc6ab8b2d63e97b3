#pragma once

#include <cstdint>
#include <vector>

#include "config/policy/policy.h"

namespace sekisho::engines::firewall {

/// Which bit each rule has. Rules that are selective in the same columns stand together, ascending,
/// each group beginning on a new word: wherever a flow's candidates are, the row of one column is
/// sparse there, and the words that all columns share are few.
struct BitLayout {
  std::vector<std::uint32_t> bit_of_rule;  // by index in the policy; kNoBit: it can never match
  std::vector<std::uint32_t> rule_of_bit;  // index in the policy; kNoBit: padding
  std::uint32_t summary_words = 1;
};

/// True when no flow can match the rule, whatever becomes known of it.
bool never_matches(const policy::Rule& rule);

BitLayout lay_out(const std::vector<policy::Rule>& rules);

}  // namespace sekisho::engines::firewall
