#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "builder.h"
#include "option_list.h"

namespace sekisho::rules {

enum class EventStanding : std::uint8_t { unknown, never_raised, raised };

/// Of "http.missing_host_header", "stream.pkt_broken_ack", "ipv4.trunc_pkt": whether anything here
/// raises it, or only Suricata knows it.
EventStanding standing_of(std::string_view name);

/// Names that are raised and may have been meant, the nearest first; few, or none where the
/// protocol has no events.
std::vector<std::string_view> events_like(std::string_view name);

/// Refuses an option with a name that nobody knows; warns of one that is never raised.
void check_event(RuleBuilder& builder, const RuleOption& option, std::string_view name);

}  // namespace sekisho::rules
