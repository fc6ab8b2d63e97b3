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

/// Names of rules and of the policy's own URL categories and applications by policy serial, for
/// event lines. Keeps the last few policies' names. One thread.
class RuleNames {
 public:
  using Source = std::function<Result<snapshot::SnapshotMeta>(std::uint32_t serial)>;
  explicit RuleNames(Source source) : source_(std::move(source)) {}

  /// Empty when the policy or the rule is not known.
  std::string name(std::uint32_t serial, events::RuleNumber rule);
  /// `category`: OwnCategories::is_own(). Empty when the policy or the category is not known.
  std::string url_category(std::uint32_t serial, std::uint16_t category);
  /// `id`: OwnApplication::is_own(). All empty when the policy or the application is not known.
  snapshot::SnapshotMeta::Application application(std::uint32_t serial, std::uint16_t id);
  /// Name of an own application by its OwnApplication::key_of(): of policy `serial`, else of one
  /// that was before it; empty: of none.
  std::string application_by_key(std::uint32_t serial, std::uint32_t key);

 private:
  struct Names {
    std::vector<std::string> by_rule;
    std::vector<std::string> url_categories;
    std::vector<snapshot::SnapshotMeta::Application> applications;
    std::string application_of(std::uint32_t key) const;
    bool known = false;
    std::chrono::steady_clock::time_point asked;
  };
  const Names& of_policy(std::uint32_t serial);

  Source source_;
  std::map<std::uint32_t, Names> by_serial_;
};

}  // namespace sekisho::controlplane
