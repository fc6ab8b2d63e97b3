#pragma once

#include <string_view>

namespace sekisho::rules {

/// "version >= 8.0.1, feature ja4, keyword foo": whether all of it is met here. Throws Refusal for
/// what is no requirement at all.
bool requirements_met(std::string_view text);

}  // namespace sekisho::rules
