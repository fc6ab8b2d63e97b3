#include "rules/applications/catalogue.h"

#include <algorithm>

#include "catalogue_data.h"

namespace sekisho::rules {

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

std::optional<ApplicationSelector> ApplicationSelector::find(std::string_view text) noexcept {
  constexpr std::string_view kCategory = "category:";
  if (!text.starts_with(kCategory)) {
    const auto* const entry = find_application(text);
    if (entry == nullptr) return std::nullopt;
    return ApplicationSelector(entry->id, {});
  }
  const auto* const category = find_application_category(text.substr(kCategory.size()));
  if (category == nullptr) return std::nullopt;
  return ApplicationSelector(0, category->name);
}

bool ApplicationSelector::selects(const Application& application) const noexcept {
  return id_ == 0 ? application.category == category_ : is_part_of(application.id, id_);
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
