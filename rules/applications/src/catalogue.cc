#include "rules/applications/catalogue.h"

#include <algorithm>

#include "catalogue_data.h"

namespace sekisho::rules {
namespace {

constexpr std::string_view kCategoryPrefix = "category:";

}  // namespace

std::span<const Application> applications() noexcept { return kApplications; }

std::span<const ApplicationCategory> application_categories() noexcept {
  return kApplicationCategories;
}

const Application* find_application(std::string_view name) noexcept {
  const auto found = std::lower_bound(kApplicationsByName.begin(), kApplicationsByName.end(), name,
                                      [](std::uint16_t index, std::string_view wanted) {
                                        return kApplications[index].name < wanted;
                                      });
  return found == kApplicationsByName.end() || kApplications[*found].name != name
             ? nullptr
             : &kApplications[*found];
}

const Application* application(std::uint16_t id) noexcept {
  const auto found = std::lower_bound(
      kApplications.begin(), kApplications.end(), id,
      [](const Application& application, std::uint16_t wanted) { return application.id < wanted; });
  return found == kApplications.end() || found->id != id ? nullptr : &*found;
}

const ApplicationCategory* find_application_category(std::string_view name) noexcept {
  const auto found =
      std::lower_bound(kApplicationCategories.begin(), kApplicationCategories.end(), name,
                       [](const ApplicationCategory& category, std::string_view wanted) {
                         return category.name < wanted;
                       });
  return found == kApplicationCategories.end() || found->name != name ? nullptr : &*found;
}

FunctionId function_of(const Application& application, const SeenRequest& request) noexcept {
  for (const auto& function : application.functions)
    for (const auto& signature : function.signatures)
      if (fits(signature, request)) return function.function;
  return 0;
}

FunctionSet functions_of(const Application& application) noexcept {
  FunctionSet set = 0;
  for (const auto& one : application.functions) set |= set_of(one.function);
  return set;
}

std::optional<ApplicationSelector> ApplicationSelector::find(std::string_view text) noexcept {
  const auto slash = text.find('/');
  auto selector = find_whole(text.substr(0, slash));
  if (!selector || slash == text.npos) return selector;
  const auto* const kind = find_function(text.substr(slash + 1));
  if (kind == nullptr || (selector->all_functions() & set_of(kind->id)) == 0) return std::nullopt;
  selector->function_ = kind->id;
  return selector;
}

std::optional<ApplicationSelector> ApplicationSelector::find_whole(std::string_view text) noexcept {
  if (!text.starts_with(kCategoryPrefix)) {
    const auto* const entry = find_application(text);
    if (entry == nullptr) return std::nullopt;
    return ApplicationSelector(entry->id, {});
  }
  const auto* const category = find_application_category(text.substr(kCategoryPrefix.size()));
  if (category == nullptr) return std::nullopt;
  return ApplicationSelector(0, category->name);
}

std::string ApplicationSelector::why_none(std::string_view text) {
  const auto whole = text.substr(0, text.find('/'));
  const auto selector = find_whole(whole);
  if (!selector) return "no application is called '" + std::string(whole) + "'";
  const bool is_category = selector->id_ == 0;
  std::string why = is_category ? "category '" : "application '";
  why.append(is_category ? whole.substr(kCategoryPrefix.size()) : whole);
  const auto functions = selector->all_functions();
  if (functions == 0) return why + "' has no functions that can be told";
  why += "' has no function '";
  if (whole.size() < text.size()) why += text.substr(whole.size() + 1);
  std::string known;
  for (const auto& kind : kFunctionKinds)
    if ((functions & set_of(kind.id)) != 0)
      known.append(known.empty() ? "" : ", ").append(kind.name);
  return why + "'; it has " + known;
}

bool ApplicationSelector::concerns(const Application& application) const noexcept {
  return id_ == 0 ? application.category == category_ : is_part_of(application.id, id_);
}

FunctionSet ApplicationSelector::selected_functions(const Application& application) const noexcept {
  if (function_ == 0 || !concerns(application)) return 0;
  return functions_of(application) & set_of(function_);
}

FunctionSet ApplicationSelector::all_functions() const noexcept {
  FunctionSet all = 0;
  for (const auto& one : applications())
    if (!one.functions.empty() && concerns(one)) all |= functions_of(one);
  return all;
}

bool can_carry(const Application& application) noexcept {
  return application.hosts.empty() && application.functions.empty();
}

std::vector<std::string> wholes_of(std::uint16_t id) {
  std::vector<std::string> names;
  const auto* entry = application(id);
  while (entry != nullptr && entry->parent != 0) {
    entry = application(entry->parent);
    if (entry != nullptr) names.emplace_back(entry->name);
  }
  return names;
}

bool is_part_of(std::uint16_t id, std::uint16_t ancestor) noexcept {
  while (id != ancestor) {
    const auto* const entry = application(id);
    if (entry == nullptr || entry->parent == 0) return false;  // the generator refuses circles
    id = entry->parent;
  }
  return true;
}

}  // namespace sekisho::rules
