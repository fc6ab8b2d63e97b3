#pragma once

#include <ctime>
#include <string>

#include "config/base/result.h"

namespace sekisho::tools {

/// "2026-11-21 09:00", with seconds or without, 'T' or a space between, and optionally "Z" or an
/// offset like "+09:00" behind. Without one it is local time in `zone` (IANA name; empty: the
/// box's). Not thread-safe: the zone is a property of the process.
Result<std::time_t> parse_time(const std::string& text, const std::string& zone);

}  // namespace sekisho::tools
