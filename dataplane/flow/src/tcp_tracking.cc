#include "dataplane/flow/tcp_tracking.h"

#include <algorithm>

namespace sekisho::dataplane {
namespace {

constexpr std::uint8_t kMaxWindowScale = 14;  // RFC 7323 §2.3

/// Before anything is known of a window: the largest that TCP can express.
constexpr std::uint32_t kUnknownWindow = std::uint32_t{1} << 30;

/// How far back the peer's acknowledgement may be before it is known. Together with the largest
/// window less than half of the number space, so that comparisons hold.
constexpr std::uint32_t kUnknownInFlight = std::uint32_t{1} << 29;

/// An acknowledgement may be this old even when windows are small: senders with a tiny window still
/// see their packets reordered.
constexpr std::uint32_t kMinAckAge = 66000;

/// A probe of a closed window, or a FIN behind a full one, is one number beyond it, and so is every
/// segment after it until the window opens.
constexpr std::uint32_t kProbeBytes = 1;

// Sequence numbers modulo 2^32 (RFC 9293 §3.4).
constexpr bool before(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a - b) < 0;
}
constexpr bool after(std::uint32_t a, std::uint32_t b) noexcept { return before(b, a); }
void raise(std::uint32_t& value, std::uint32_t to) noexcept {
  if (after(to, value)) value = to;
}

bool has(const PacketInfo& packet, std::uint8_t flags) noexcept {
  return (packet.tcp_flags & flags) == flags;
}
bool is_syn(const PacketInfo& packet) noexcept {
  return (packet.tcp_flags & (kTcpSyn | kTcpRst | kTcpFin)) == kTcpSyn;
}
bool is_first_syn(const PacketInfo& packet) noexcept {
  return is_syn(packet) && !has(packet, kTcpAck);
}

/// The sequence number after the segment: SYN and FIN count one each.
std::uint32_t segment_end(const PacketInfo& packet) noexcept {
  return packet.tcp_seq + packet.payload_bytes + (has(packet, kTcpSyn) ? 1U : 0U) +
         (has(packet, kTcpFin) ? 1U : 0U);
}

/// A window in a SYN is never scaled (RFC 7323 §2.2).
std::uint32_t window_of(const PacketInfo& packet, const TcpEnd& sender) noexcept {
  return has(packet, kTcpSyn) ? packet.tcp_window
                              : std::uint32_t{packet.tcp_window} << sender.scale;
}

TcpOutcome dropped(DropReason reason) noexcept {
  TcpOutcome outcome;
  outcome.drop = reason;
  outcome.proves_life = false;
  return outcome;
}

TcpOutcome forwarded_without_effect(DropReason anomaly = DropReason::none) noexcept {
  TcpOutcome outcome;
  outcome.anomaly = anomaly;
  outcome.proves_life = false;
  return outcome;
}

TcpOutcome out_of_window(const TcpRules& rules) noexcept {
  return rules.drop_out_of_window ? dropped(DropReason::tcp_out_of_window)
                                  : forwarded_without_effect(DropReason::tcp_out_of_window);
}

TcpOutcome move_to(Flow& flow, TcpState state) noexcept {
  TcpOutcome outcome;
  outcome.state_changed = flow.tcp_state != state;
  flow.tcp_state = state;
  return outcome;
}

/// What a SYN says of its sender. Until the peer answers it may send nothing more.
void learn_syn(TcpEnd& end, const PacketInfo& packet) noexcept {
  end = TcpEnd{};
  end.first_seq = packet.tcp_seq + 1;
  end.seq_end = segment_end(packet);
  end.acked = packet.tcp_seq;
  end.max_ack_end = end.seq_end;
  end.max_window = std::max<std::uint32_t>(packet.tcp_window, 1);
  end.scale = packet.tcp_window_scale == kNoWindowScale
                  ? kNoWindowScale
                  : std::min(packet.tcp_window_scale, kMaxWindowScale);
  end.seen = true;
}

/// Both SYNs are known: scaling holds only when both offered it (RFC 7323 §2.2).
void settle_scale(Flow& flow) noexcept {
  const bool both = flow.tcp[0].scale != kNoWindowScale && flow.tcp[1].scale != kNoWindowScale;
  for (TcpEnd& end : flow.tcp) {
    if (!both) end.scale = 0;
    end.scale_known = true;
  }
  // Each may send what the other's SYN offered, counted from behind its own SYN (TCP Fast Open:
  // before that SYN is acknowledged).
  for (int i = 0; i < 2; ++i)
    raise(flow.tcp[i].max_ack_end, flow.tcp[i].first_seq + flow.tcp[1 - i].max_window);
}

void learn_ack(TcpEnd& sender, TcpEnd& receiver, const PacketInfo& packet) noexcept {
  const std::uint32_t window = window_of(packet, sender);
  raise(receiver.acked, packet.tcp_ack);
  raise(receiver.max_ack_end, packet.tcp_ack + window);
  sender.max_window = std::max(sender.max_window, window);
}

/// Midstream, the first packet of an end: what it offers its peer replaces the largest guess, but
/// earlier windows may have been larger than this one.
void learn_midstream_end(TcpEnd& sender, TcpEnd& receiver, const PacketInfo& packet) noexcept {
  sender.seen = true;
  sender.max_window = std::max(window_of(packet, sender), kMinAckAge);
  receiver.max_ack_end = packet.tcp_ack + sender.max_window;
  raise(receiver.max_ack_end, receiver.seq_end);
}

/// Midstream: what one packet says of both ends.
void learn_midstream(TcpEnd& sender, TcpEnd& receiver, const PacketInfo& packet) noexcept {
  for (TcpEnd* const end : {&sender, &receiver}) {
    *end = TcpEnd{};
    end->scale = kMaxWindowScale;
    end->midstream = true;
    end->max_window = kUnknownWindow;
  }
  sender.first_seq = packet.tcp_seq;
  sender.acked = packet.tcp_seq - kUnknownInFlight;
  sender.seq_end = segment_end(packet);
  sender.max_ack_end = sender.seq_end + kUnknownWindow;
  receiver.first_seq = receiver.acked = receiver.seq_end = packet.tcp_ack;
  learn_midstream_end(sender, receiver, packet);
}

/// Where a connection whose SYNs are both acknowledged stands, by its FINs.
TcpState state_by_fins(const Flow& flow) noexcept {
  const TcpEnd& a = flow.tcp[0];
  const TcpEnd& b = flow.tcp[1];
  if (a.fin_acked && b.fin_acked) return TcpState::time_wait;
  if (a.fin_sent && b.fin_sent) return TcpState::closing;
  if (a.fin_sent || b.fin_sent) return TcpState::fin_wait;
  return TcpState::established;
}

/// The initiator goes on, so its SYN was answered on another way.
TcpOutcome go_on_without_answer(Flow& flow, const PacketInfo& packet) noexcept {
  learn_midstream(flow.tcp[0], flow.tcp[1], packet);
  flow.tcp[0].fin_sent = has(packet, kTcpFin);
  return move_to(flow, state_by_fins(flow));
}

/// The initiator again while its SYN has no answer, or only a refusal.
TcpOutcome track_syn_sent_initiator(Flow& flow, const PacketInfo& packet,
                                    const TcpRules& rules) noexcept {
  TcpEnd& initiator = flow.tcp[0];
  if (is_first_syn(packet)) {
    if (packet.tcp_seq + 1 != initiator.first_seq) {
      // A new attempt from the same port. Nothing is established, so nothing can be lost: a forged
      // SYN only costs the real end a retransmission, which makes things right again.
      learn_syn(initiator, packet);
      flow.tcp[1] = TcpEnd{};
      return {};
    }
    // A retransmission may leave out data or options of the first one; the answer decides.
    raise(initiator.seq_end, segment_end(packet));
    if (initiator.scale == kNoWindowScale && packet.tcp_window_scale != kNoWindowScale)
      initiator.scale = std::min(packet.tcp_window_scale, kMaxWindowScale);
    return {};
  }
  if (has(packet, kTcpRst)) {
    if (packet.tcp_seq == initiator.seq_end || packet.tcp_seq == initiator.first_seq)
      return move_to(flow, TcpState::closed);
    // The answer to a challenge ACK from a connection that the responder still remembers: it clears
    // the responder's, and the initiator tries again (RFC 9293 §3.5.1).
    const TcpEnd& responder = flow.tcp[1];
    if (responder.challenged && packet.tcp_seq == responder.acked)
      return forwarded_without_effect();
    return dropped(DropReason::tcp_spoofed_reset);
  }
  const bool is_next = packet.tcp_seq == initiator.first_seq || packet.tcp_seq == initiator.seq_end;
  if (rules.accept_asymmetric && is_next && has(packet, kTcpAck))
    return go_on_without_answer(flow, packet);
  return out_of_window(rules);
}

TcpOutcome track_syn_sent_responder(Flow& flow, const PacketInfo& packet,
                                    const TcpRules& rules) noexcept {
  TcpEnd& initiator = flow.tcp[0];
  TcpEnd& responder = flow.tcp[1];
  const bool acknowledges_syn = has(packet, kTcpAck) &&
                                !before(packet.tcp_ack, initiator.first_seq) &&
                                !after(packet.tcp_ack, initiator.seq_end);
  if (has(packet, kTcpRst)) {
    // RFC 9293 §3.10.7.3: a RST answers a SYN only by acknowledging it.
    return acknowledges_syn ? move_to(flow, TcpState::closed)
                            : dropped(DropReason::tcp_spoofed_reset);
  }
  if (is_syn(packet)) {
    if (has(packet, kTcpAck) && !acknowledges_syn) return out_of_window(rules);
    learn_syn(responder, packet);
    settle_scale(flow);
    if (has(packet, kTcpAck)) learn_ack(responder, initiator, packet);
    return move_to(flow, TcpState::syn_received);
  }
  if (packet.tcp_flags == kTcpAck && packet.payload_bytes == 0) {
    // A challenge ACK: the responder remembers an older connection. The RST that answers it will
    // quote its number.
    responder.acked = packet.tcp_ack;
    responder.challenged = true;
    return forwarded_without_effect();
  }
  return out_of_window(rules);
}

bool acceptable_sequence(const TcpEnd& sender, const TcpEnd& receiver,
                         const PacketInfo& packet) noexcept {
  const std::uint32_t end = segment_end(packet);
  if (after(end, sender.max_ack_end + kProbeBytes)) return false;
  // What the peer has not acknowledged is never too old, whatever is known of its window.
  if (before(end, sender.seq_end - receiver.max_window - kProbeBytes) && before(end, sender.acked))
    return false;
  return !(sender.fin_sent && after(end, sender.seq_end));  // nothing follows a FIN
}

bool acceptable_ack(const TcpEnd& sender, const TcpEnd& receiver,
                    const PacketInfo& packet) noexcept {
  if (!has(packet, kTcpAck)) return false;
  const std::uint32_t ack = packet.tcp_ack;
  // Midstream, bytes that passed before the pick-up may be acknowledged: the window bounds them.
  const bool may_have_passed = receiver.midstream && !receiver.fin_sent;
  if (after(ack, may_have_passed ? receiver.max_ack_end : receiver.seq_end)) return false;
  if (!receiver.midstream && before(receiver.acked, receiver.first_seq))
    return !before(ack, receiver.first_seq);  // its SYN is not acknowledged yet: this must do it
  return !before(ack, receiver.acked - std::max(sender.max_window, kMinAckAge));
}

TcpOutcome track_reset(Flow& flow, const TcpEnd& sender, const PacketInfo& packet) noexcept {
  // Next is what the peer acknowledged last, or, with data under way, what the sender has sent.
  if (packet.tcp_seq == sender.seq_end || packet.tcp_seq == sender.acked)
    return move_to(flow, TcpState::closed);
  if (before(packet.tcp_seq, sender.acked) || after(packet.tcp_seq, sender.max_ack_end))
    return dropped(DropReason::tcp_spoofed_reset);
  return forwarded_without_effect();
}

/// A SYN with both ends' SYNs known: only the flow's own, again. Those of an established flow are
/// late copies, to be answered by the ends.
TcpOutcome track_syn_again(Flow& flow, TcpEnd& sender, TcpEnd& receiver, const PacketInfo& packet,
                           const TcpRules& rules) noexcept {
  if (sender.midstream && answers_unseen_syn(packet, rules) && packet.tcp_seq == sender.first_seq)
    return forwarded_without_effect();
  if (!is_syn(packet) || sender.midstream || packet.tcp_seq + 1 != sender.first_seq)
    return dropped(DropReason::tcp_syn_on_open_flow);
  if (!has(packet, kTcpAck)) return forwarded_without_effect();
  if (before(packet.tcp_ack, receiver.first_seq) || after(packet.tcp_ack, receiver.seq_end))
    return dropped(DropReason::tcp_syn_on_open_flow);
  if (flow.tcp_state != TcpState::syn_received) return forwarded_without_effect();
  raise(sender.seq_end, segment_end(packet));
  learn_ack(sender, receiver, packet);
  const bool both = !before(sender.acked, sender.first_seq);  // simultaneous open
  return both ? move_to(flow, TcpState::established) : TcpOutcome{};
}

/// Nobody is seen to acknowledge what `sender` sends: its window moves with it.
void follow_unanswered(TcpEnd& sender) noexcept {
  raise(sender.max_ack_end, sender.seq_end + kUnknownWindow);
  raise(sender.acked, sender.seq_end - kUnknownInFlight);
}

/// An ordinary segment that passed the window check.
TcpOutcome accept_segment(Flow& flow, TcpEnd& sender, TcpEnd& receiver, const PacketInfo& packet,
                          const TcpRules& rules) noexcept {
  if (!sender.seen) learn_midstream_end(sender, receiver, packet);
  raise(sender.seq_end, segment_end(packet));
  if (receiver.midstream) raise(receiver.seq_end, packet.tcp_ack);
  learn_ack(sender, receiver, packet);
  if (rules.accept_asymmetric && !receiver.seen) follow_unanswered(sender);
  if (has(packet, kTcpFin)) sender.fin_sent = true;
  if (receiver.fin_sent && packet.tcp_ack == receiver.seq_end) receiver.fin_acked = true;
  if (flow.tcp_state == TcpState::closed) return {};
  for (const TcpEnd& end : flow.tcp)
    if (!end.midstream && before(end.acked, end.first_seq)) return {};  // still syn_received
  return move_to(flow, state_by_fins(flow));
}

}  // namespace

bool answers_unseen_syn(const PacketInfo& packet, const TcpRules& rules) noexcept {
  return rules.accept_asymmetric && is_syn(packet) && has(packet, kTcpAck);
}

bool opens_tcp(const PacketInfo& packet, const TcpRules& rules) noexcept {
  if (is_first_syn(packet) || answers_unseen_syn(packet, rules)) return true;
  return rules.midstream_pickup && has(packet, kTcpAck) &&
         (packet.tcp_flags & (kTcpSyn | kTcpRst)) == 0;
}

TcpOutcome open_tcp(Flow& flow, const PacketInfo& packet, const TcpRules& rules) noexcept {
  if (!opens_tcp(packet, rules)) return dropped(DropReason::tcp_no_flow);
  if (is_first_syn(packet)) {
    learn_syn(flow.tcp[0], packet);
    flow.tcp[1] = TcpEnd{};
    return move_to(flow, TcpState::syn_sent);
  }
  if (answers_unseen_syn(packet, rules)) {
    learn_midstream(flow.tcp[1], flow.tcp[0], packet);
    return move_to(flow, TcpState::established);
  }
  return go_on_without_answer(flow, packet);
}

TcpOutcome track_tcp_fragment(Flow& flow, const PacketInfo& fragment, bool to_server,
                              const TcpRules& rules) noexcept {
  TcpEnd& sender = flow.tcp[to_server ? 0 : 1];
  const std::uint32_t end = fragment.tcp_seq + fragment.fragment_bytes;
  if (after(end, sender.max_ack_end + kProbeBytes)) return out_of_window(rules);
  raise(sender.seq_end, end);
  return {};
}

TcpOutcome track_tcp(Flow& flow, const PacketInfo& packet, bool to_server,
                     const TcpRules& rules) noexcept {
  TcpEnd& sender = flow.tcp[to_server ? 0 : 1];
  TcpEnd& receiver = flow.tcp[to_server ? 1 : 0];
  const bool finished = flow.tcp_state == TcpState::time_wait || flow.tcp_state == TcpState::closed;
  const bool unanswered = !flow.tcp[0].scale_known && !flow.tcp[0].midstream;
  // A finished connection protects nothing: any SYN starts the next one, but for a late copy of its
  // own. A refused one may be tried again with the very same SYN.
  if (finished && is_first_syn(packet) &&
      (unanswered || sender.midstream || packet.tcp_seq + 1 != sender.first_seq)) {
    TcpOutcome outcome;
    outcome.reuse = true;
    return outcome;
  }
  if (unanswered)
    return to_server ? track_syn_sent_initiator(flow, packet, rules)
                     : track_syn_sent_responder(flow, packet, rules);
  if (has(packet, kTcpRst)) return track_reset(flow, sender, packet);
  if (has(packet, kTcpSyn)) return track_syn_again(flow, sender, receiver, packet, rules);
  if (!acceptable_sequence(sender, receiver, packet) || !acceptable_ack(sender, receiver, packet))
    return out_of_window(rules);
  return accept_segment(flow, sender, receiver, packet, rules);
}

}  // namespace sekisho::dataplane
