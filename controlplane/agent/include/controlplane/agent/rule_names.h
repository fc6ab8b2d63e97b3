#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "config/events/event.h"
#include "config/snapshot/meta.h"

namespace sekisho::controlplane {

/// Names of rules by policy serial, for event lines. Keeps the last few policies' names. One
/// thread.
class RuleNames {
 public:
  using Source = std::function<Result<snapshot::SnapshotMeta>(std::uint32_t serial)>;
  explicit RuleNames(Source source) : source_(std::move(source)) {}

  /// Empty when the policy or the rule is not known.
  std::string name(std::uint32_t serial, events::RuleNumber rule);

 private:
  struct Names {
    std::vector<std::string> by_rule;
    bool known = false;
    std::chrono::steady_clock::time_point asked;
  };
  Source source_;
  std::map<std::uint32_t, Names> by_serial_;
};

}  // namespace sekisho::controlplane
