#pragma once

#include <span>

#include "engines/api/engine.h"

namespace sekisho::engines {

/// Every engine in the order of the path. The order is a security property: facts first, judgement
/// last.
std::span<const EngineSpec* const> all_engines() noexcept;

}  // namespace sekisho::engines
