#pragma once

#include <cstdint>

#include "config/events/drop_reason.h"
#include "dataplane/flow/flow.h"
#include "dataplane/parse/packet_info.h"

namespace sekisho::dataplane {

struct TcpRules {
  bool midstream_pickup = true;
  bool drop_out_of_window = true;  // false: counted, forwarded, but without effect on the flow
};

struct TcpOutcome {
  DropReason drop = DropReason::none;  // forward when none
  bool state_changed = false;  // tcp_state moved: the caller sets the timeout that belongs to it
  bool reuse = false;          // a new SYN on a finished connection: the caller starts a new flow
};

/// The first packet of a flow: a SYN opens it; anything else is refused or picked up midstream by
/// the rules.
TcpOutcome open_tcp(Flow& flow, const PacketInfo& packet, const TcpRules& rules) noexcept;

/// A further packet. A segment outside the windows, or a RST that is not exactly next in sequence
/// (RFC 5961 §3.2), neither ends nor prolongs the flow.
TcpOutcome track_tcp(Flow& flow, const PacketInfo& packet, bool to_server,
                     const TcpRules& rules) noexcept;

}  // namespace sekisho::dataplane
