#include "rules/contents/check_names.h"

#include <set>
#include <string>
#include <string_view>

#include "rules/applications/catalogue.h"
#include "rules/urls/categories.h"

namespace sekisho::rules {
namespace {

static_assert(kFirstCustomUrlCategory == OwnCategories::kFirstId &&
              kMaxUrlCategory == OwnCategories::kLastId);

constexpr std::string_view kGroup = "group:";

using Names = std::set<std::string_view>;

std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

/// Why a rule cannot select URLs by `name`; empty: it can.
std::string category_fault(std::string_view name, const Names& own) {
  if (name.starts_with(kGroup)) {
    const auto group = name.substr(kGroup.size());
    return find_url_group(group) != nullptr
               ? ""
               : "no group of URL categories is called " + quoted(group);
  }
  if (find_url_category(name) != nullptr || own.contains(name)) return {};
  std::string fault = "no URL category is called " + quoted(name);
  if (find_url_group(name) != nullptr) fault.append("; the group is written group:").append(name);
  return fault;
}

std::string application_fault(std::string_view name) {
  return ApplicationSelector::find(name) ? "" : ApplicationSelector::why_none(name);
}

/// Why the policy's own category cannot be called so; empty: it can.
std::string own_name_fault(std::string_view name) {
  if (name.starts_with(kGroup))
    return "URL category " + quoted(name) + " begins with group:, which stands for a group";
  if (find_url_category(name) != nullptr)
    return "URL category " + quoted(name) + " has the name of a built-in one";
  return {};
}

}  // namespace

std::vector<policy::Diagnostic> check_content_names(const policy::Policy& policy) {
  std::vector<policy::Diagnostic> mistakes;
  const auto tell = [&](policy::Position position, std::string message) {
    if (mistakes.size() < policy::kMaxDiagnostics)
      mistakes.push_back({position, std::move(message)});
  };
  Names own;
  for (const auto& category : policy.url_categories) {
    own.insert(category.name);
    if (auto fault = own_name_fault(category.name); !fault.empty())
      tell(category.position, std::move(fault));
  }
  for (const auto& rule : policy.rules) {
    if (!rule.enabled) continue;
    const auto tell_of = [&](const std::string& fault) {
      if (!fault.empty()) tell(rule.position, "rule " + quoted(rule.name) + ": " + fault);
    };
    for (const auto& name : rule.content.applications) tell_of(application_fault(name));
    for (const auto& name : rule.content.url_categories) tell_of(category_fault(name, own));
  }
  return mistakes;
}

}  // namespace sekisho::rules
