#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sekisho::rules {

/// Unix seconds of an RFC 3339 time, as STIX writes them: "2026-01-31T12:00:00.25Z", with an offset
/// of hours and minutes in the place of Z too; fractions are cut off. Nothing: it is none.
std::optional<std::int64_t> parse_feed_time(std::string_view text) noexcept;

}  // namespace sekisho::rules
