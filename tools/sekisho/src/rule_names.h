#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/sekisho/command.h"
#include "tools/sekisho/reply.h"

namespace sekisho::tools {

/// Puts names to rule numbers, as far as sekisho-control answers; numbers alone otherwise.
class RuleNames {
 public:
  RuleNames() = default;
  RuleNames(std::vector<std::string> names, std::uint64_t serial)
      : names_(std::move(names)), serial_(serial) {}

  /// Of the current policy. Never fails: without an answer there are no names.
  static RuleNames of_current_policy(Context& context);

  /// "3 guests to web", "3", "end of policy" for 0, "-" when absent.
  std::string label(std::optional<std::uint64_t> rule) const;
  /// The rule that decided `flow` of a flow listing. The numbers of another policy than the current
  /// one have other names: "5@6" is rule 5 of policy 6. "-" for a flow that was never judged.
  std::string label_of(const View& flow) const;
  /// The name alone, or empty.
  std::string name(std::uint64_t rule) const;

 private:
  std::vector<std::string> names_;  // index = rule number - 1
  std::uint64_t serial_ = 0;        // of the policy that they are of
};

}  // namespace sekisho::tools
