#pragma once

#include "tables.h"

namespace sekisho::engines::ips {

/// Every index, enumerator and order that the detector relies on.
bool is_sound(const Ruleset::Tables& tables) noexcept;

}  // namespace sekisho::engines::ips
