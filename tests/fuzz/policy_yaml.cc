#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/policy/policy.h"
#include "config/policy/profile_settings.h"

namespace {

using namespace sekisho::policy;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_refusal(const std::vector<Diagnostic>& mistakes) {
  require(!mistakes.empty() && mistakes.size() <= kMaxDiagnostics);
  for (const auto& [position, message] : mistakes) {
    require(position.line > 0 && position.column > 0 && !message.empty());
    for (const char c : message) require(static_cast<unsigned char>(c) >= 0x20);
  }
}

/// What the rest of the product relies on once a policy is loaded.
void check_policy(const Policy& policy) {
  require(policy.rules.size() <= kMaxRules && policy.schedules.size() <= kMaxSchedules);
  for (const Rule& rule : policy.rules) {
    require(!rule.name.empty());
    for (const auto& range : rule.source.addresses) require(range.first <= range.last);
    for (const auto& range : rule.destination.addresses) require(range.first <= range.last);
    for (const auto& entry : rule.services)
      require(entry.protocol != 0 && entry.first <= entry.last);
    require(!rule.content.none ||
            (rule.content.applications.empty() && rule.content.url_categories.empty()));
  }
  for (const auto& profile : policy.profiles)
    require(profile.sections.size() == profile_sections().size());
  for (const User& user : policy.users) {
    require(!user.name.empty() && user.groups.size() <= kMaxGroupsOfUser);
    for (const auto& range : user.addresses) require(range.first <= range.last);
  }
  require(!describe(policy).empty());
  require(diff(policy, policy).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto loaded = load_yaml({reinterpret_cast<const char*>(data), size});
  if (const auto* good = std::get_if<LoadedPolicy>(&loaded))
    check_policy(good->policy);
  else
    check_refusal(std::get<std::vector<Diagnostic>>(loaded));
  return 0;
}
