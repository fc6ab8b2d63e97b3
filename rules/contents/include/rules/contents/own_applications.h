#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "config/policy/policy.h"
#include "rules/applications/catalogue.h"

namespace sekisho::rules {

/// Where own applications are that are in no category of the catalogue; rules select all of it as
/// category:custom.
inline constexpr ApplicationCategory kOwnApplicationCategory{
    policy::ApplicationObject::kOwnCategory, "Own applications", "自社アプリケーション"};

/// The ids (OwnApplication) of the policy's own applications that a rule's `text` selects: one by
/// its name, or those of "category:NAME". Ascending.
std::vector<std::uint16_t> select_own_applications(const policy::Policy& policy,
                                                   std::string_view text);

/// Whether a rule may select by `text`: something of the catalogue, an own application, or
/// "category:custom", be it empty.
bool is_application_selection(const policy::Policy& policy, std::string_view text);

}  // namespace sekisho::rules
