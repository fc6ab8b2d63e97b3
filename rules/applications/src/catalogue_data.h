#pragma once

#include "rules/applications/catalogue.h"

namespace sekisho::rules {

// Written by the generator into the build folder; ascending as catalogue.h says.
extern const std::span<const Application> kApplications;
extern const std::span<const ApplicationCategory> kApplicationCategories;
extern const std::span<const std::uint16_t> kApplicationsByName;  // indexes of kApplications
extern const std::uint64_t kCatalogueEdition;                     // changes with any of the data

}  // namespace sekisho::rules
