#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/policy/policy.h"
#include "config/policy/profile_settings.h"
#include "reader.h"

namespace sekisho::policy {

/// The value a setting has when a file says nothing.
SettingValue default_value(const Setting& setting);

/// The value of `setting` at `node`; a mistake is reported with `what` as the setting's full name.
std::optional<SettingValue> read_setting(Reader& reader, const YamlNode& node,
                                         const Setting& setting, std::string_view what);

/// The choices of a setting of type choice.
std::vector<std::string_view> choices_of(const Setting& setting);

/// The most entries a list setting may have.
std::size_t max_entries(const Setting& setting);

/// A regular expression (ECMA 262, without anchors) for one value that the loader takes, for the
/// JSON Schema; empty: any text.
std::string_view pattern_of(ItemForm form) noexcept;

}  // namespace sekisho::policy
