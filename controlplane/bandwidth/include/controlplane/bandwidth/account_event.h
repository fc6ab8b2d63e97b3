#pragma once

#include <string>
#include <string_view>

#include "config/base/result.h"
#include "controlplane/bandwidth/account.h"

namespace sekisho::controlplane {

/// The event types of a reading's account and of an hour's.
inline constexpr std::string_view kMinuteEvent = "bandwidth", kHourEvent = "bandwidth_hour";

/// An account as an EVE line with the rows that have most, as many as a line may have; the others
/// are its rest.
std::string event_of(const BandwidthAccount& account, std::string_view event_type);

/// The account in such a line. invalid_input: it has none.
Result<BandwidthAccount> account_in_event(std::string_view line);

}  // namespace sekisho::controlplane
