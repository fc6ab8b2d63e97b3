#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/urls/import.h"

namespace sekisho::rules {

/// The files of domain-list-community's data folder, by name.
struct DomainListFolder {
  std::vector<std::string> names;
  std::function<std::optional<std::string>(const std::string& name)> read;  // none: no such file
};

/// Takes the lists that `map` has a line for, with all that they include; of every list the entries
/// with an attribute that it has a line for ("@ads"), which then is their category.
void import_domain_lists(const DomainListFolder& folder, const CategoryMap& map, UrlList& list,
                         ImportReport& report);

}  // namespace sekisho::rules
