#include <algorithm>

#include "tcp_processing.h"

namespace sekisho::engines::stream {
namespace {

std::uint32_t end_of(const SegmentQueue::Piece& piece) noexcept {
  return piece.sequence + static_cast<std::uint32_t>(piece.bytes.size());
}

SegmentQueue::Piece behind(const SegmentQueue::Piece& piece, std::uint32_t sequence) noexcept {
  const auto skipped = sequence - piece.sequence;
  const bool has_urgent = piece.urgent != SegmentQueue::kNoUrgent && piece.urgent >= skipped;
  return {sequence, piece.bytes.subspan(skipped),
          has_urgent ? piece.urgent - skipped : SegmentQueue::kNoUrgent};
}

constexpr std::string_view kDifferent = "stream.reassembly_overlap_different_data";

}  // namespace

/// The payload, whose first byte has number `sequence`.
DropReason TcpProcessing::take_payload(std::uint32_t sequence) noexcept {
  if (packet_.payload.empty()) return DropReason::none;
  SegmentQueue::Piece piece{sequence, packet_.payload, SegmentQueue::kNoUrgent};
  if (!from_.stopped && !from_.unread) {
    ++worker_.counters().segments;
    piece.urgent = urgent_place(sequence);
    const auto reason = on_arrival() ? take_inline(piece) : take_for_later(piece);
    if (reason != DropReason::none) return reason;
  }
  // Whether the bytes of an ordinary SYN are ever accepted is the receiver's choice.
  payload_taken_ = !has(kSyn) || options_.fast_open;
  raise(from_.highest, end_of(piece));
  raise(from_.sent, end_of(piece));
  return DropReason::none;
}

/// Which byte of the payload is urgent (RFC 6093): the one before the pointer, which may point
/// behind this segment.
std::uint32_t TcpProcessing::urgent_place(std::uint32_t sequence) noexcept {
  if (has(kUrg)) {
    const std::uint32_t pointer = std::max<std::uint32_t>(urgent_pointer(), 1);
    from_.urgent = sequence + pointer - 1;
    from_.urgent_pending = true;
  }
  if (!from_.urgent_pending) return SegmentQueue::kNoUrgent;
  const auto place = from_.urgent - sequence;
  return place < packet_.payload.size() ? place : SegmentQueue::kNoUrgent;
}

/// Before forwarding: bytes in order are handed on, others are copied.
DropReason TcpProcessing::take_inline(const SegmentQueue::Piece& piece) noexcept {
  const auto reason = check_seen_bytes(piece);
  if (reason != DropReason::none || !from_.reading()) return reason;
  const auto next = from_.window.next();
  if (!after(end_of(piece), next)) return DropReason::none;
  if (after(piece.sequence, next)) return keep(piece);
  const auto fresh = behind(piece, next);
  const auto limits = window_limits(from_, fresh.bytes.size());
  if (!worker_.config().forward_without_memory &&
      !from_.window.reserve(worker_.pool(), fresh.bytes.size(), limits)) {
    ++worker_.counters().no_memory;
    return DropReason::stream_memory;
  }
  hand_on(from_, fresh.bytes, fresh.urgent);
  deliver_contiguous(from_);
  return DropReason::none;
}

/// Inline: whatever was forwarded before must come with the same bytes again.
DropReason TcpProcessing::check_seen_bytes(const SegmentQueue::Piece& piece) noexcept {
  const auto& window = from_.window;
  const auto end = end_of(piece);
  if (before(piece.sequence, window.next())) {
    const auto seen_end = earlier(end, window.next());
    const auto older_end = earlier(seen_end, window.oldest());
    const bool gone = before(piece.sequence, window.oldest());
    // What the receiver has acknowledged it will not take again. Of what passed before the pick-up
    // nothing is known.
    if (gone && after(older_end, from_.acknowledged) && after(older_end, from_.first) &&
        !unseen(to_))
      return DropReason::stream_not_comparable;
    const auto from = later(piece.sequence, window.oldest());
    if (before(from, seen_end)) {
      const auto again = piece.bytes.subspan(from - piece.sequence, seen_end - from);
      if (!window.equals(from, again) && !is_keep_alive(piece))
        return bad(DropReason::stream_differs, kDifferent);
      ++worker_.counters().retransmitted;
    }
  }
  if (from_.queue.differs(piece)) return bad(DropReason::stream_differs, kDifferent);
  return DropReason::none;
}

/// Some systems put any byte into the one that they send again to see whether the peer lives
/// (RFC 9293 §3.8.4); it is acknowledged already.
bool TcpProcessing::is_keep_alive(const SegmentQueue::Piece& piece) const noexcept {
  return piece.bytes.size() == 1 && piece.sequence + 1 == from_.acknowledged;
}

/// A listener: a copy waits until it is acknowledged.
DropReason TcpProcessing::take_for_later(SegmentQueue::Piece piece) noexcept {
  if (!from_.reading()) return DropReason::none;
  const auto next = from_.window.next();
  if (before(piece.sequence, next)) {
    compare_handed_on(piece);
    if (!after(end_of(piece), next)) return DropReason::none;
    piece = behind(piece, next);
  }
  const auto left = depth_left(from_);
  const std::uint64_t ahead = piece.sequence - next;
  if (ahead > left) return DropReason::none;  // the piece at the depth is kept: it tells
  if (from_.queue.differs(piece)) odd(kDifferent);
  const auto reason = keep(piece);
  if (unseen(to_)) deliver_contiguous(from_);
  return reason;
}

void TcpProcessing::compare_handed_on(const SegmentQueue::Piece& piece) noexcept {
  const auto& window = from_.window;
  const auto from = later(piece.sequence, window.oldest());
  const auto to = earlier(end_of(piece), window.next());
  if (is_keep_alive(piece)) return;
  ++worker_.counters().retransmitted;
  if (before(from, to) &&
      !window.equals(from, piece.bytes.subspan(from - piece.sequence, to - from)))
    odd(kDifferent);
  else
    odd("stream.pkt_spurious_retransmission");
}

SegmentQueue::Inserted TcpProcessing::insert(const SegmentQueue::Piece& piece) noexcept {
  const auto& config = worker_.config();
  return from_.queue.insert(worker_.pool(), piece,
                            on_arrival() ? OverlapPolicy::first : config.overlap,
                            {config.max_queued_bytes, config.max_queued_segments});
}

DropReason TcpProcessing::keep(const SegmentQueue::Piece& piece) noexcept {
  auto inserted = insert(piece);
  if (inserted != SegmentQueue::Inserted::yes && unseen(to_) && from_.queue.front() != nullptr) {
    // Nobody will ever acknowledge what is missing: go on behind it.
    advance(from_, from_.queue.end());
    inserted = insert(piece);
  }
  if (inserted == SegmentQueue::Inserted::yes) {
    ++worker_.counters().queued;
    return DropReason::none;
  }
  if (inserted == SegmentQueue::Inserted::no_memory) ++worker_.counters().no_memory;
  if (!on_arrival()) return DropReason::none;  // it will be missing
  if (inserted == SegmentQueue::Inserted::full) return DropReason::stream_limit;
  return worker_.config().forward_without_memory ? DropReason::none : DropReason::stream_memory;
}

}  // namespace sekisho::engines::stream
