#pragma once

#include <cstdint>
#include <string>

#include "config/events/event.h"

namespace sekisho::dataplane {

/// Community ID, version 1: the same text for both directions of a flow, wherever it was seen; of
/// one `seed`.
std::string community_id(const events::EventTuple& tuple, std::uint16_t seed);

}  // namespace sekisho::dataplane
