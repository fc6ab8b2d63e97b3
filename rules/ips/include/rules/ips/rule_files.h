#pragma once

#include <string>
#include <vector>

#include "rules/ips/parse.h"

namespace sekisho::rules {

/// A file that a rule loads: of a data set, of digests.
struct RuleFile {
  std::string name;       // as the rule has it: from its own file's folder on
  RulePosition position;  // of the rule
  std::uint32_t signature = 0;
  /// Without the file the set begins empty, and the rule is in force all the same.
  bool may_be_missing = false;
};

/// Each once, for the first rule that loads it.
std::vector<RuleFile> files_of(const RuleSet& set);

/// Whether `name` stays within its folder: parts between slashes that are not empty and begin with
/// no dot.
bool is_inside(std::string_view name) noexcept;

}  // namespace sekisho::rules
