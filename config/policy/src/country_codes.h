#pragma once

#include <string_view>

namespace sekisho::policy {

/// True for the officially assigned codes of ISO 3166-1 alpha-2, in upper case.
bool is_country_code(std::string_view code) noexcept;

}  // namespace sekisho::policy
