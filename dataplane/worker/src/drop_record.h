#pragma once

#include <string_view>

#include "config/events/json_writer.h"
#include "engines/api/packet_view.h"

namespace sekisho::dataplane {

/// The direction and the `drop` object of a drop record that has more to tell than its packet.
void write_drop(const engines::PacketView& view, bool to_client, std::string_view reason,
                events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::dataplane
