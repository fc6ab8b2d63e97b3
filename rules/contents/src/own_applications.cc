#include "rules/contents/own_applications.h"

#include <algorithm>

namespace sekisho::rules {
namespace {

constexpr std::string_view kCategory = "category:";

}  // namespace

std::vector<std::uint16_t> select_own_applications(const policy::Policy& policy,
                                                   std::string_view text) {
  const bool by_category = text.starts_with(kCategory);
  if (by_category) text.remove_prefix(kCategory.size());
  std::vector<std::uint16_t> ids;
  const auto count = std::min(policy.applications.size(), OwnApplication::kMax);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& application = policy.applications[i];
    if ((by_category ? application.category : application.name) == text)
      ids.push_back(OwnApplication::id_of(i));
  }
  return ids;
}

bool is_application_selection(const policy::Policy& policy, std::string_view text) {
  const bool is_own_category =
      text.starts_with(kCategory) && text.substr(kCategory.size()) == kOwnApplicationCategory.name;
  return ApplicationSelector::find(text) || is_own_category ||
         !select_own_applications(policy, text).empty();
}

}  // namespace sekisho::rules
