#include <algorithm>

#include "tcp_processing.h"

namespace sekisho::engines::stream {
namespace {

/// A probe of a closed window, or a FIN behind a full one, is one number beyond it.
constexpr std::uint32_t kProbeBytes = 1;
/// An acknowledgement may be this old even when windows are small.
constexpr std::uint32_t kMinAckAge = 66000;
/// Timestamps say nothing after a pause as long as their clock may take to come around
/// (RFC 7323 §5.5).
constexpr std::uint32_t kTimestampsHoldSeconds = 24 * 86400;
/// A packet that took this many hops more than its sender's first one is suspect.
constexpr unsigned kUsualHopChange = 8;

}  // namespace

TcpOutcome TcpProcessing::run() noexcept {
  worker_.oddities().clear();
  connection_.busy_ = true;
  if (packet_.transport_header.size() > 20) options_ = read_tcp_options(packet_.transport_header);
  TcpOutcome outcome;
  outcome.drop = dispatch();
  connection_.busy_ = false;
  tidy(from_);
  tidy(to_);
  outcome.reuse = reuse_;
  outcome.delivered = delivered_;
  outcome.payload_taken = payload_taken_;
  outcome.oddities = worker_.oddities().names();
  outcome.clear_urgent = has(kUrg) && worker_.config().urgent == UrgentPolicy::strip;
  return outcome;
}

DropReason TcpProcessing::dispatch() noexcept {
  if (packet_.bad_transport_checksum && worker_.config().drop_bad_checksums)
    return DropReason::stream_bad_checksum;
  if (has(kRst)) return reset();
  if (has(kSyn | kFin)) return DropReason::stream_bad_handshake;
  if (has(kSyn)) return syn();
  switch (connection_.state_) {
    case TcpState::none:
      if (!worker_.config().midstream || !has(kAck)) return DropReason::none;
      pick_up_midstream();
      break;
    case TcpState::syn_sent:
      return before_answer();
    case TcpState::closed:
      if (from_.reset_sent || to_.reset_sent) return after_reset();
      break;
    default:
      break;
  }
  return regular();
}

/// It clears the connection that the responder remembers; the opener's SYN comes again
/// (RFC 9293 §3.5.1).
bool TcpProcessing::answers_challenge() const noexcept {
  return connection_.state_ == TcpState::syn_sent && connection_.challenged_ &&
         index_of(direction_) == connection_.opener_ &&
         packet_.tcp_sequence == connection_.challenge_;
}

/// RFC 5961 §3.2: a RST at exactly the next number closes; in the window it makes the receiver ask
/// (the answer comes at the exact number); elsewhere it is a forgery.
DropReason TcpProcessing::reset() noexcept {
  if (answers_challenge()) return DropReason::none;
  if (connection_.state_ == TcpState::none || !from_.known) {
    const bool refusal = connection_.state_ == TcpState::syn_sent && has(kAck) &&
                         !before(packet_.tcp_acknowledgement, to_.first) &&
                         !after(packet_.tcp_acknowledgement, to_.highest);
    if (connection_.state_ == TcpState::none) {
      odd("stream.rst_but_no_session");
      return DropReason::none;
    }
    if (!refusal) return bad(DropReason::stream_bad_reset, "stream.rst_invalid_ack");
  } else {
    if (options_.authenticates && !from_.authenticates)
      return bad(DropReason::stream_bad_reset, "stream.suspected_rst_inject");
    const auto sequence = packet_.tcp_sequence;
    const bool exact = sequence == from_.acknowledged || sequence == from_.highest ||
                       sequence == from_.window.next();
    const bool too_far = from_.allowed_known && after(sequence, from_.allowed_end + kProbeBytes);
    if (!exact && (before(sequence, from_.acknowledged) || too_far))
      return DropReason::stream_bad_reset;
    if (!exact) return DropReason::none;
  }
  from_.reset_sent = true;
  connection_.state_ = TcpState::closed;
  // Inline nothing can follow. A listener cannot know whether the RST arrived, and waits.
  if (on_arrival()) {
    for (End* const end : {&from_, &to_}) finish(*end, StreamEnd::reset);
  }
  return DropReason::none;
}

/// A connection that was reset goes on: inline the rest is dropped; a listener notes that the RST
/// was forged.
DropReason TcpProcessing::after_reset() noexcept {
  if (on_arrival())
    return payload_size() == 0 ? DropReason::none : DropReason::stream_out_of_window;
  if (!from_.known || !to_.known) return DropReason::none;
  if (from_.reset_sent && payload_size() != 0) {
    odd("stream.suspected_rst_inject");
    from_.reset_sent = false;
    connection_.state_ = TcpState::established;
  }
  return regular();
}

DropReason TcpProcessing::regular() noexcept {
  if (!from_.seen) begin_seeing();
  auto reason = check_timestamp();
  if (reason == DropReason::none) reason = check_acknowledgement();
  if (reason == DropReason::none) reason = check_sequence();
  if (reason == DropReason::none) reason = check_fin();
  if (reason != DropReason::none) return reason;
  if (has(kUrg) && payload_size() != 0 && worker_.config().urgent == UrgentPolicy::drop) {
    // Who listens, and cannot drop, sees it acknowledged.
    raise(from_.highest, packet_.tcp_sequence + payload_size());
    return DropReason::stream_urgent;
  }
  learn_acknowledgement();
  reason = take_payload(packet_.tcp_sequence);
  if (reason != DropReason::none) return reason;
  learn_timestamp();
  learn_fin();
  move_on();
  end_if_over(from_);
  end_if_over(to_);
  return DropReason::none;
}

/// The first segment of an end whose beginning was not seen: what lies before it passed unseen.
void TcpProcessing::begin_seeing() noexcept {
  from_.seen = true;
  from_.ttl = packet_.ttl;
  if (after(packet_.tcp_sequence, from_.first)) guess(from_, packet_.tcp_sequence);
}

/// PAWS (RFC 7323 §5): what the receiver will refuse as old must not be inspected as new.
DropReason TcpProcessing::check_timestamp() noexcept {
  if (!options_.has_timestamp || !from_.timestamp_known) return DropReason::none;
  if (to_.seen && !to_.timestamp_known) return DropReason::none;
  if (!before(options_.timestamp, from_.timestamp) ||
      seconds() - from_.timestamp_s > kTimestampsHoldSeconds)
    return DropReason::none;
  return bad(DropReason::stream_bad_timestamp, "stream.pkt_invalid_timestamp");
}

DropReason TcpProcessing::check_acknowledgement() noexcept {
  if (!has(kAck)) return bad(DropReason::stream_bad_acknowledgement, "stream.pkt_broken_ack");
  const auto acknowledged = packet_.tcp_acknowledgement;
  if (before(acknowledged, to_.first) && !to_.guessed) {
    if (connection_.state_ == TcpState::syn_recv && adopt_acknowledged_syn())
      return DropReason::none;
    return bad(DropReason::stream_bad_acknowledgement, connection_.state_ == TcpState::syn_recv
                                                           ? "stream.3whs_wrong_seq_wrong_ack"
                                                           : "stream.pkt_invalid_ack");
  }
  if (after(acknowledged, to_.highest)) {
    // Inline every byte passes here, so nobody can have got more. A listener may have missed some.
    const bool may_have_missed =
        to_.guessed || (!on_arrival() && (!to_.allowed_known ||
                                          !after(acknowledged, to_.allowed_end + kProbeBytes)));
    if (may_have_missed) return DropReason::none;
    if (connection_.state_ == TcpState::syn_recv && adopt_acknowledged_syn())
      return DropReason::none;
    return bad(DropReason::stream_bad_acknowledgement, "stream.est_invalid_ack");
  }
  if (before(acknowledged, to_.acknowledged - std::max(from_.max_window, kMinAckAge)) &&
      !to_.guessed)
    return bad(DropReason::stream_bad_acknowledgement, "stream.pkt_invalid_ack");
  return DropReason::none;
}

/// The receiver throws away what is beyond its window, so it is not looked at.
DropReason TcpProcessing::check_sequence() noexcept {
  const auto end = packet_.tcp_sequence + payload_size();
  if (from_.allowed_known && after(end, from_.allowed_end + kProbeBytes))
    return bad(DropReason::stream_out_of_window, "stream.est_packet_out_of_window");
  if (payload_size() != 0 && packet_.ttl + kUsualHopChange < from_.ttl) {
    ++worker_.counters().decoys;
    odd("stream.suspected_ttl_decoy");
  }
  return DropReason::none;
}

/// Nothing follows a FIN, and there is one place for it.
DropReason TcpProcessing::check_fin() noexcept {
  const auto end = packet_.tcp_sequence + payload_size();
  if (from_.fin_seen) {
    if (after(end, from_.fin) && payload_size() != 0)
      return bad(DropReason::stream_bad_fin, "stream.fin_out_of_window");
    if (has(kFin) && end != from_.fin)
      return bad(DropReason::stream_bad_fin, connection_.state_ == TcpState::fin_wait2
                                                 ? "stream.fin2_fin_wrong_seq"
                                                 : "stream.fin1_fin_wrong_seq");
  } else if (has(kFin) && before(end, from_.highest)) {
    return bad(DropReason::stream_bad_fin, "stream.fin_out_of_window");
  }
  return DropReason::none;
}

void TcpProcessing::learn_acknowledgement() noexcept {
  const auto acknowledged = packet_.tcp_acknowledgement;
  // A window in a SYN is never scaled (RFC 7323 §2.2).
  const std::uint32_t window =
      has(kSyn) ? packet_.tcp_window : std::uint32_t{packet_.tcp_window} << from_.scale;
  from_.max_window = std::max(from_.max_window, window);
  raise(to_.allowed_end, acknowledged + window);
  to_.allowed_known = true;
  raise(to_.highest, acknowledged);
  to_.syn_acknowledged = true;
  // The one that opened may stay unseen: its peer goes on, so it has answered.
  const bool answered_unseen = connection_.midstream_ && to_.guessed && !to_.seen && !has(kSyn);
  if (connection_.state_ == TcpState::syn_recv && (from_.syn_acknowledged || answered_unseen)) {
    connection_.state_ = TcpState::established;
    connection_.established_ = true;
  }
  // A listener may have seen what was acknowledged before only now.
  const bool is_news = after(acknowledged, to_.acknowledged);
  if (is_news) to_.acknowledged = acknowledged;
  if (is_news || !on_arrival()) acknowledge(to_);
}

/// What the receiver remembers: of the segments at or before the last acknowledgement that it sent
/// (RFC 7323 §4.3), of which we know at most as much as it does.
void TcpProcessing::learn_timestamp() noexcept {
  if (!options_.has_timestamp || after(packet_.tcp_sequence, from_.acknowledged)) return;
  if (from_.timestamp_known && before(options_.timestamp, from_.timestamp) &&
      seconds() - from_.timestamp_s <= kTimestampsHoldSeconds)
    return;
  from_.timestamp_known = true;
  from_.timestamp = options_.timestamp;
  from_.timestamp_s = seconds();
}

void TcpProcessing::learn_fin() noexcept {
  if (!has(kFin) || from_.fin_seen) return;
  from_.fin_seen = true;
  from_.fin = packet_.tcp_sequence + payload_size();
  raise(from_.highest, from_.fin + 1);
  raise(from_.sent, from_.fin + 1);
}

/// The state by the FINs that were sent and acknowledged.
void TcpProcessing::move_on() noexcept {
  const End& client = connection_.ends_[index_of(Direction::to_server)];
  const End& server = connection_.ends_[index_of(Direction::to_client)];
  if (!client.fin_seen && !server.fin_seen) return;
  const auto acknowledged = [](const End& end) {
    return end.fin_seen && after(end.acknowledged, end.fin);
  };
  auto& state = connection_.state_;
  if (client.fin_seen && server.fin_seen) {
    if (acknowledged(client) && acknowledged(server))
      state = TcpState::closed;
    else if (acknowledged(client))
      state = TcpState::last_ack;
    else
      state = acknowledged(server) ? TcpState::time_wait : TcpState::closing;
    return;
  }
  if (client.fin_seen)
    state = TcpState::close_wait;
  else
    state = acknowledged(server) ? TcpState::fin_wait2 : TcpState::fin_wait1;
}

}  // namespace sekisho::engines::stream
