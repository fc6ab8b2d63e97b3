#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sekisho::console {

/// "2026-11-21T09:30:00.123456+0900" as Unix milliseconds: any number of decimals, the offset with
/// or without a colon, or Z.
std::optional<std::int64_t> parse_eve_time(std::string_view text);

}  // namespace sekisho::console
