#pragma once

#include <cstddef>
#include <string_view>

namespace sekisho::policy {

inline constexpr std::size_t kMaxPackNameBytes = 128;
/// Of all packs on a gateway together: what its compiler takes.
inline constexpr std::size_t kMaxAllPackBytes = std::size_t{112} << 20;

/// A text with rules or of their settings: "NAME.rules", "classification.config",
/// "threshold.config".
bool is_rule_text(std::string_view name);

/// What a gateway takes for the name of an imported text: 1 to 128 of a-z A-Z 0-9 _ . -, as
/// is_rule_text() has it; or of a file that rules load: "PATH" for every rule, "NAME.rules/PATH"
/// for those of that pack, no part of which begins with a dot. Its last part is not taken for
/// either, nor for a file that is being written (.new).
bool is_pack_name(std::string_view name);

}  // namespace sekisho::policy
