#include "controlplane/agent/rule_names.h"

#include <utility>

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kKeptPolicies = 8;
constexpr std::chrono::seconds kAskAgain{1};  // for a policy that was not known

}  // namespace

std::string RuleNames::name(std::uint32_t serial, events::RuleNumber rule) {
  if (rule == 0 || serial == 0) return {};
  const auto now = std::chrono::steady_clock::now();
  auto [entry, fresh] = by_serial_.try_emplace(serial);
  Names& names = entry->second;
  if (fresh || (!names.known && now - names.asked >= kAskAgain)) {
    names.asked = now;
    if (auto meta = source_(serial)) {
      names.known = true;
      for (auto& described : meta->rules) names.by_rule.push_back(std::move(described.name));
    }
  }
  std::string found = rule <= names.by_rule.size()                      ? names.by_rule[rule - 1]
                      : names.known && rule == names.by_rule.size() + 1 ? "(block list)"
                                                                        : std::string();
  if (by_serial_.size() > kKeptPolicies) {
    const bool oldest_is_asked = by_serial_.begin()->first == serial;
    by_serial_.erase(oldest_is_asked ? std::prev(by_serial_.end()) : by_serial_.begin());
  }
  return found;
}

}  // namespace sekisho::controlplane
