#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/sekisho/command.h"

namespace sekisho::tools {

/// Puts names to rule numbers, as far as sekisho-control answers; numbers alone otherwise.
class RuleNames {
 public:
  RuleNames() = default;
  explicit RuleNames(std::vector<std::string> names) : names_(std::move(names)) {}

  /// Of the current policy. Never fails: without an answer there are no names.
  static RuleNames of_current_policy(Context& context);

  /// "3 guests to web", "3", "end of policy" for 0, "-" when absent.
  std::string label(std::optional<std::uint64_t> rule) const;
  /// The name alone, or empty.
  std::string name(std::uint64_t rule) const;

 private:
  std::vector<std::string> names_;  // index = rule number - 1
};

}  // namespace sekisho::tools
