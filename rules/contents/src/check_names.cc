#include "rules/contents/check_names.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "rules/applications/catalogue.h"
#include "rules/contents/own_applications.h"
#include "rules/urls/categories.h"

namespace sekisho::rules {
namespace {

static_assert(kFirstCustomUrlCategory == OwnCategories::kFirstId &&
              kMaxUrlCategory == OwnCategories::kLastId);

constexpr std::string_view kGroup = "group:";
constexpr std::string_view kCategory = "category:";

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

std::string application_fault(const policy::Policy& policy, std::string_view name) {
  if (is_application_selection(policy, name)) return {};
  const auto slash = name.find('/');
  const auto whole = name.substr(0, slash);
  const bool is_own = slash != name.npos && !ApplicationSelector::find(whole) &&
                      is_application_selection(policy, whole);
  if (is_own) return "own application " + quoted(whole) + " has no functions that can be told";
  return ApplicationSelector::why_none(name);
}

/// Likewise for what is chosen as a whole, whatever it is used for.
std::string whole_application_fault(const policy::Policy& policy, std::string_view name) {
  const auto slash = name.find('/');
  auto fault = application_fault(policy, name);
  if (!fault.empty() || slash == name.npos) return fault;
  return quoted(name) + " is one function of an application; here it is chosen whole: " +
         quoted(name.substr(0, slash));
}

/// Why the policy's own application cannot be called so; empty: it can.
std::string own_application_fault(std::string_view name) {
  if (name.starts_with(kCategory))
    return "application " + quoted(name) + " begins with category:, which stands for a category";
  if (name.find('/') != name.npos)
    return "application " + quoted(name) + " has a slash, which stands before a function";
  if (find_application(name) != nullptr)
    return "application " + quoted(name) + " has the name of one of the catalogue";
  return {};
}

/// Why the policy's own category cannot be called so; empty: it can.
std::string own_name_fault(std::string_view name) {
  if (name.starts_with(kGroup))
    return "URL category " + quoted(name) + " begins with group:, which stands for a group";
  if (find_url_category(name) != nullptr)
    return "URL category " + quoted(name) + " has the name of a built-in one";
  return {};
}

using Tell = std::function<void(policy::Position, std::string)>;

/// Names, categories, and that no host is of two applications.
void check_own_applications(const policy::Policy& policy, const Tell& tell) {
  std::map<std::string_view, std::string_view> application_of;
  for (const auto& application : policy.applications) {
    if (auto fault = own_application_fault(application.name); !fault.empty())
      tell(application.position, std::move(fault));
    const auto& category = application.category;
    if (category != kOwnApplicationCategory.name && find_application_category(category) == nullptr)
      tell(application.category_position, "application " + quoted(application.name) +
                                              ": no category of applications is called " +
                                              quoted(category));
    for (const auto& host : application.hosts) {
      const auto [entry, fresh] = application_of.try_emplace(host.value, application.name);
      if (!fresh)
        tell(host.position, "application " + quoted(application.name) + ": " + quoted(host.value) +
                                " is a host of " + quoted(entry->second) + " already");
    }
  }
}

/// What is exempt from decryption.
void check_exemptions(
    const policy::Policy& policy, const Names& own,
    const std::function<void(policy::Position, std::string, std::string_view)>& tell) {
  constexpr std::string_view kApplications = "https_decryption/exempt_applications";
  constexpr std::string_view kCategories = "https_decryption/exempt_categories";
  for (const auto& profile : policy.profiles) {
    const auto section = profile.sections.find("https_decryption");
    if (section == profile.sections.end()) continue;
    const auto names = [&](std::string_view setting) -> std::vector<std::string> {
      const auto found = section->second.find(setting);
      const auto* list = found == section->second.end()
                             ? nullptr
                             : std::get_if<std::vector<std::string>>(&found->second);
      return list == nullptr ? std::vector<std::string>{} : *list;
    };
    const auto tell_of = [&](const std::string& fault, std::string_view field) {
      if (!fault.empty())
        tell(profile.position, "profile " + quoted(profile.name) + ": " + fault, field);
    };
    for (const auto& name : names("exempt_applications"))
      tell_of(whole_application_fault(policy, name), kApplications);
    for (const auto& name : names("exempt_categories"))
      tell_of(category_fault(name, own), kCategories);
  }
}

}  // namespace

std::vector<NameMistake> check_content_names(const policy::Policy& policy) {
  std::vector<NameMistake> mistakes;
  const auto tell_field = [&](policy::Position position, std::string message,
                              std::string_view field) {
    if (mistakes.size() < policy::kMaxDiagnostics)
      mistakes.push_back({{position, std::move(message)}, field});
  };
  const auto tell = [&](policy::Position position, std::string message) {
    tell_field(position, std::move(message), {});
  };
  check_own_applications(policy, tell);
  Names own;
  for (const auto& category : policy.url_categories) {
    own.insert(category.name);
    if (auto fault = own_name_fault(category.name); !fault.empty())
      tell(category.position, std::move(fault));
  }
  check_exemptions(policy, own, tell_field);
  for (const auto& rule : policy.rules) {
    if (!rule.enabled) continue;
    const auto tell_of = [&](const std::string& fault, std::string_view field) {
      if (!fault.empty())
        tell_field(rule.position, "rule " + quoted(rule.name) + ": " + fault, field);
    };
    for (const auto& name : rule.content.applications)
      tell_of(application_fault(policy, name), "content/applications");
    for (const auto& name : rule.content.url_categories)
      tell_of(category_fault(name, own), "content/url_categories");
  }
  return mistakes;
}

}  // namespace sekisho::rules
