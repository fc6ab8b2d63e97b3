#pragma once

#include <cstdint>

#include "config/events/drop_reason.h"
#include "dataplane/flow/flow.h"
#include "dataplane/parse/packet_info.h"

namespace sekisho::dataplane {

struct TcpRules {
  bool midstream_pickup = true;
  bool drop_out_of_window = true;  // false: counted, forwarded, but without effect on the flow
  /// Only one direction may be seen: an opener goes on without an answer, a SYN-ACK opens a flow.
  bool accept_asymmetric = false;
};

struct TcpOutcome {
  DropReason drop = DropReason::none;  // forward when none
  /// Forwarded, but odd: to be counted under this name. none for ordinary packets and for drops.
  DropReason anomaly = DropReason::none;
  bool state_changed = false;  // tcp_state moved: the caller sets the timeout that belongs to it
  bool reuse = false;          // a new SYN on a finished connection: the caller starts a new flow
  /// The packet is part of the connection as far as the windows tell. false: forwarded for the ends
  /// to judge; the caller must not prolong the flow (last_ns) for it.
  bool proves_life = true;
};

/// Whether open_tcp would accept `packet`. To be asked before a record is taken for it: a flood of
/// segments that open nothing must not displace flows from a full table.
bool opens_tcp(const PacketInfo& packet, const TcpRules& rules) noexcept;

/// Whether `packet` is the answer to a SYN that took another way.
bool answers_unseen_syn(const PacketInfo& packet, const TcpRules& rules) noexcept;

/// The first packet of a flow: a SYN opens it; anything else is refused or picked up midstream by
/// the rules (a RST never opens one, a SYN-ACK where one direction may stay unseen). `flow` is
/// fresh; the packet's sender becomes the initiator, flow.tcp[0], that of a SYN-ACK the responder.
TcpOutcome open_tcp(Flow& flow, const PacketInfo& packet, const TcpRules& rules) noexcept;

/// A further packet of a flow that open_tcp accepted.
///
/// Windows (G. van Rooij; bounds of RFC 9293 §3.10.7.4 and RFC 5961 §5 as seen from between the
/// ends): data must end within what its receiver ever offered and not lie a whole window back; an
/// acknowledgement must be for bytes that were sent, and not older than one window. What fails is
/// tcp_out_of_window and changes nothing.
///
/// RST (RFC 5961 §3.2): at exactly the next sequence number it closes the flow. Outside the window
/// it is a tcp_spoofed_reset: dropped, whatever the rules. In the window but elsewhere it is
/// forwarded without effect: the receiver answers it with a challenge ACK, and a real sender of it
/// then resets at the exact number, a forger cannot.
///
/// SYN on an open flow: dropped (tcp_syn_on_open_flow) unless it is a retransmission of the flow's
/// own, so that nobody blind can provoke the ends.
///
/// Midstream flows do not know the window scale: the largest (14) is assumed, and an
/// acknowledgement may run ahead of the bytes seen as far as the window does. So it is with a flow
/// of which one direction stays unseen; what its end may send is not bounded by a window then.
TcpOutcome track_tcp(Flow& flow, const PacketInfo& packet, bool to_server,
                     const TcpRules& rules) noexcept;

/// A later fragment of a segment that track_tcp accepted; `tcp_seq` is FragmentTable's. What it
/// carries may be acknowledged from here on, and must lie in the window too.
TcpOutcome track_tcp_fragment(Flow& flow, const PacketInfo& fragment, bool to_server,
                              const TcpRules& rules) noexcept;

}  // namespace sekisho::dataplane
