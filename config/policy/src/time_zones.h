#pragma once

#include <span>
#include <string_view>

namespace sekisho::policy {

/// Names of the IANA time zone database, sorted.
std::span<const std::string_view> time_zones() noexcept;
bool is_time_zone(std::string_view name) noexcept;

}  // namespace sekisho::policy
