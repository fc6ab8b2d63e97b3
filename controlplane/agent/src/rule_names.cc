#include "controlplane/agent/rule_names.h"

#include <utility>

#include "config/base/own_application.h"
#include "config/base/own_categories.h"

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kKeptPolicies = 8;
constexpr std::chrono::seconds kAskAgain{1};  // for a policy that was not known

}  // namespace

/// Valid until the next call.
const RuleNames::Names& RuleNames::of_policy(std::uint32_t serial) {
  const auto now = std::chrono::steady_clock::now();
  auto [entry, fresh] = by_serial_.try_emplace(serial);
  Names& names = entry->second;
  if (fresh || (!names.known && now - names.asked >= kAskAgain)) {
    names.asked = now;
    if (auto meta = source_(serial)) {
      names.known = true;
      for (auto& described : meta->rules) names.by_rule.push_back(std::move(described.name));
      for (auto& category : meta->url_categories)
        names.url_categories.push_back(std::move(category.name));
      names.applications = std::move(meta->applications);
    }
  }
  if (by_serial_.size() > kKeptPolicies) {
    const bool oldest_is_asked = by_serial_.begin()->first == serial;
    by_serial_.erase(oldest_is_asked ? std::prev(by_serial_.end()) : by_serial_.begin());
  }
  return names;
}

std::string RuleNames::name(std::uint32_t serial, events::RuleNumber rule) {
  if (rule == 0 || serial == 0) return {};
  const Names& names = of_policy(serial);
  if (rule <= names.by_rule.size()) return names.by_rule[rule - 1];
  return names.known && rule == names.by_rule.size() + 1 ? "(block list)" : "";
}

std::string RuleNames::url_category(std::uint32_t serial, std::uint16_t category) {
  if (serial == 0 || !OwnCategories::is_own(category)) return {};
  const Names& names = of_policy(serial);
  const std::size_t at = std::size_t{category} - OwnCategories::kFirstId;
  return at < names.url_categories.size() ? names.url_categories[at] : std::string();
}

snapshot::SnapshotMeta::Application RuleNames::application(std::uint32_t serial, std::uint16_t id) {
  if (serial == 0 || !OwnApplication::is_own(id)) return {};
  const auto& applications = of_policy(serial).applications;
  const auto at = OwnApplication::index_of(id);
  return at < applications.size() ? applications[at] : snapshot::SnapshotMeta::Application();
}

std::string RuleNames::Names::application_of(std::uint32_t key) const {
  for (const auto& one : applications)
    if (OwnApplication::key_of(one.name) == key) return one.name;
  return {};
}

/// What was counted under a policy that is gone keeps its name.
std::string RuleNames::application_by_key(std::uint32_t serial, std::uint32_t key) {
  constexpr std::uint32_t kLookedBack = 2;  // at policies that nobody asked of yet
  for (std::uint32_t back = 0; back <= kLookedBack && back < serial; ++back)
    if (auto name = of_policy(serial - back).application_of(key); !name.empty()) return name;
  for (auto entry = by_serial_.rbegin(); entry != by_serial_.rend(); ++entry)
    if (auto name = entry->second.application_of(key); !name.empty()) return name;
  return {};
}

}  // namespace sekisho::controlplane
