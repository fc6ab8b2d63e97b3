#pragma once

#include <string_view>

#include "config/events/drop_reason.h"

namespace sekisho::engines::ips {

/// What rules call a packet's problem ("ipv4.trunc_pkt", for decode-event); empty: they have no
/// name for it.
std::string_view decode_event_of(DropReason problem) noexcept;

}  // namespace sekisho::engines::ips
