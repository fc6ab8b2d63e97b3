#pragma once

#include <string_view>

#include "config/events/event_ring.h"

namespace sekisho::events {

/// Puts an event of type `event_type` ("alert", "http", ...) with the JSON members `members` into
/// the ring, whole or not at all (counted by the ring as lost, or false for longer than
/// kMaxTextRecords records hold). Everything but type and text comes from `head`.
bool put_text(EventRing& ring, const EventRecord& head, bool to_client, std::string_view event_type,
              std::string_view members) noexcept;

/// Puts a policy event into the ring, whole or not at all (counted by the ring as lost). Everything
/// but type and `fields` comes from `head`. `url`: of what `fields` says; empty: none is known.
/// `is_cut`: it is only the beginning; longer ones than kMaxPolicyUrlBytes are cut here. A zero
/// byte behind its beginning says so in the ring.
void put_policy(EventRing& ring, const EventRecord& head, PolicyFields fields, std::string_view url,
                bool is_cut = false) noexcept;
inline constexpr std::size_t kMaxPolicyUrlBytes = 8 * TextFields::kBytes - 1;

}  // namespace sekisho::events
