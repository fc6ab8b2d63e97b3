#include <algorithm>

#include "tcp_processing.h"

namespace sekisho::engines::stream {
namespace {

constexpr std::uint8_t kLargestScale = 14;  // RFC 7323 §2.3; assumed when it is not known
/// More different SYNs than this for one connection are a flood.
constexpr std::uint8_t kMaxSyns = 10;

}  // namespace

/// What a SYN says of its sender.
void TcpProcessing::learn_syn(End& end) noexcept {
  end.queue.clear(worker_.pool());
  end.known = end.seen = end.syn_seen = true;
  end.syn_acknowledges = has(kAck);
  end.guessed = end.syn_acknowledged = false;
  end.first = packet_.tcp_sequence + 1;
  end.window.start(end.first);
  end.highest = end.sent = end.acknowledged = end.allowed_end = end.first;
  end.allowed_known = false;
  end.max_window = packet_.tcp_window;
  end.scale_offered = options_.has_window_scale;
  // Of several SYNs any may be the one that counts: the largest window is assumed.
  end.scale = end.other_syns == 0 ? options_.window_scale : kLargestScale;
  end.authenticates = options_.authenticates;
  end.timestamp_known = options_.has_timestamp;
  end.timestamp = options_.timestamp;
  end.timestamp_s = seconds();
  if (end.ttl == 0) end.ttl = packet_.ttl;
}

/// An end whose beginning was not seen.
void TcpProcessing::guess(End& end, std::uint32_t next) noexcept {
  end.known = end.guessed = end.syn_acknowledged = true;
  end.first = next;
  end.window.start(next);
  end.highest = end.sent = end.acknowledged = next;
  if (!end.allowed_known || before(end.allowed_end, next)) end.allowed_end = next;
  end.scale = kLargestScale;
  end.scale_offered = true;
}

/// Both SYNs are known: scaling holds only when both offered it (RFC 7323 §2.2). Each may send what
/// the other's SYN offered, even before its own is acknowledged (RFC 7413).
void TcpProcessing::settle_scale() noexcept {
  if (!from_.scale_offered || !to_.scale_offered) from_.scale = to_.scale = 0;
  for (End* const end : {&from_, &to_}) {
    const End& peer = end == &from_ ? to_ : from_;
    end->allowed_known = !peer.guessed;
    raise(end->allowed_end, end->first + peer.max_window);
  }
}

DropReason TcpProcessing::syn() noexcept {
  if (has(kAck)) return syn_acknowledgement();
  switch (connection_.state_) {
    case TcpState::none:
      return first_syn();
    case TcpState::syn_sent:
      if (index_of(direction_) == connection_.opener_) return further_syn_of_opener();
      learn_syn(from_);  // both open at once, or a handshake in four steps
      settle_scale();
      connection_.state_ = TcpState::syn_recv;
      return take_payload(from_.first);
    default:
      return syn_on_open_connection();
  }
}

DropReason TcpProcessing::first_syn() noexcept {
  learn_syn(from_);
  connection_.opener_ = static_cast<std::uint8_t>(index_of(direction_));
  connection_.state_ = TcpState::syn_sent;
  return take_payload(from_.first);
}

DropReason TcpProcessing::further_syn_of_opener() noexcept {
  if (packet_.tcp_sequence + 1 == from_.first) return take_payload(from_.first);
  // A new attempt. Nothing is open, so a forged one costs the real one a retransmission at most;
  // but what was handed on stays handed on.
  if (from_.delivered != 0) return DropReason::stream_bad_handshake;
  from_.other_syns = static_cast<std::uint8_t>(std::min(from_.other_syns + 1, 0xff));
  if (from_.other_syns > kMaxSyns) odd("stream.3whs_syn_flood");
  learn_syn(from_);
  return take_payload(from_.first);
}

DropReason TcpProcessing::syn_acknowledgement() noexcept {
  const bool of_opener = index_of(direction_) == connection_.opener_;
  switch (connection_.state_) {
    case TcpState::none:
      if (!worker_.config().midstream) return DropReason::none;
      connection_.opener_ = static_cast<std::uint8_t>(1 - index_of(direction_));
      guess(to_, packet_.tcp_acknowledgement);
      learn_syn(from_);
      settle_scale();
      connection_.midstream_ = true;
      connection_.state_ = TcpState::syn_recv;
      return take_payload(from_.first);
    case TcpState::syn_sent:
      if (of_opener)
        return bad(DropReason::stream_bad_handshake, "stream.3whs_synack_in_wrong_direction");
      return answer_to_syn();
    case TcpState::syn_recv:
      return syn_acknowledgement_again();
    default:
      return syn_on_open_connection();
  }
}

/// The responder's SYN-ACK.
DropReason TcpProcessing::answer_to_syn() noexcept {
  const auto acknowledged = packet_.tcp_acknowledgement;
  if ((before(acknowledged, to_.first) || after(acknowledged, to_.highest)) &&
      !adopt_acknowledged_syn())
    return bad(DropReason::stream_bad_handshake, "stream.3whs_synack_with_wrong_ack");
  if (before(acknowledged, to_.highest)) {
    odd("stream.3whs_synack_tfo_data_ignored");
    if (!on_arrival()) {  // it will be sent again, perhaps with other bytes
      to_.queue.clear(worker_.pool());
      to_.highest = acknowledged;
    }
  }
  learn_syn(from_);
  settle_scale();
  connection_.state_ = TcpState::syn_recv;
  learn_acknowledgement();
  return take_payload(from_.first);
}

/// Several SYNs were seen: the one that is acknowledged counts, unless bytes of another one are
/// already handed on.
bool TcpProcessing::adopt_acknowledged_syn() noexcept {
  if (to_.other_syns == 0 || to_.delivered != 0) return false;
  to_.queue.clear(worker_.pool());
  to_.first = to_.highest = to_.sent = packet_.tcp_acknowledgement;
  to_.acknowledged = to_.allowed_end = to_.first;
  to_.window.start(to_.first);
  to_.timestamp_known = false;
  to_.scale_offered = true;
  to_.scale = kLargestScale;
  return true;
}

/// A SYN-ACK when both ends' SYNs are known: the same again, or the second one of a simultaneous
/// open.
DropReason TcpProcessing::syn_acknowledgement_again() noexcept {
  const bool of_opener = index_of(direction_) == connection_.opener_;
  const bool own_number = packet_.tcp_sequence + 1 == from_.first;
  const bool own_acknowledgement = !before(packet_.tcp_acknowledgement, to_.first) &&
                                   !after(packet_.tcp_acknowledgement, to_.highest);
  if (of_opener && to_.syn_acknowledges && !from_.syn_acknowledges)
    return bad(DropReason::stream_bad_handshake, "stream.3whs_synack_toserver_on_syn_recv");
  if (!own_number) {
    from_.other_syns = static_cast<std::uint8_t>(std::min(from_.other_syns + 1, 0xff));
    return bad(DropReason::stream_bad_handshake, from_.syn_acknowledges
                                                     ? "stream.3whs_synack_resend_with_diff_seq"
                                                     : "stream.4whs_synack_with_wrong_syn");
  }
  if (!own_acknowledgement)
    return bad(DropReason::stream_bad_handshake,
               from_.syn_acknowledges ? "stream.3whs_synack_resend_with_different_ack"
                                      : "stream.4whs_synack_with_wrong_ack");
  from_.syn_acknowledges = true;
  learn_acknowledgement();
  return take_payload(from_.first);
}

/// A SYN with both ends known: harmless when it is a late copy of its sender's own, and otherwise
/// there is no good reason for it (RFC 5961 §4).
DropReason TcpProcessing::syn_on_open_connection() noexcept {
  const bool own = from_.syn_seen && packet_.tcp_sequence + 1 == from_.first;
  const bool finished = connection_.state_ == TcpState::time_wait ||
                        connection_.state_ == TcpState::closed || (from_.ended && to_.ended);
  if (finished && !has(kAck) && !own) {
    reuse_ = true;
    return DropReason::none;
  }
  const bool opening = connection_.state_ == TcpState::syn_recv;
  const bool of_opener = index_of(direction_) == connection_.opener_;
  if (own) {
    if (!opening) odd(has(kAck) ? "stream.est_synack_resend" : "stream.est_syn_resend");
    return DropReason::none;
  }
  if (has(kAck))
    return bad(DropReason::stream_bad_handshake,
               of_opener ? "stream.est_synack_toserver" : "stream.est_synack_resend_with_diff_seq");
  if (opening)
    return bad(DropReason::stream_bad_handshake, of_opener
                                                     ? "stream.3whs_syn_resend_diff_seq_on_syn_recv"
                                                     : "stream.3whs_syn_toclient_on_syn_recv");
  return bad(DropReason::stream_bad_handshake,
             of_opener ? "stream.est_syn_resend_diff_seq" : "stream.est_syn_toclient");
}

/// The first segment seen of a connection is not a SYN.
void TcpProcessing::pick_up_midstream() noexcept {
  guess(from_, packet_.tcp_sequence);
  guess(to_, packet_.tcp_acknowledgement);
  from_.ttl = packet_.ttl;
  connection_.opener_ = static_cast<std::uint8_t>(index_of(direction_));
  connection_.state_ = TcpState::established;
  connection_.established_ = connection_.midstream_ = true;
}

/// No SYN here, while the SYN has no answer that was seen.
DropReason TcpProcessing::before_answer() noexcept {
  if (index_of(direction_) == connection_.opener_) {
    if (!connection_.one_sided_ || !has(kAck)) return DropReason::stream_out_of_window;
    if (packet_.tcp_sequence != from_.first && packet_.tcp_sequence != from_.highest)
      return bad(DropReason::stream_bad_handshake, "stream.3whs_async_wrong_seq");
    guess(to_, packet_.tcp_acknowledgement);
    connection_.state_ = TcpState::established;
    connection_.established_ = true;
    return regular();
  }
  if (payload_size() != 0 || !has(kAck)) return DropReason::stream_out_of_window;
  // The responder remembers an older connection: a RST will answer it at its number.
  connection_.challenged_ = true;
  connection_.challenge_ = packet_.tcp_acknowledgement;
  return DropReason::none;
}

}  // namespace sekisho::engines::stream
