#pragma once

#include "engines/stream/sequence.h"
#include "engines/stream/tcp_reassembler.h"
#include "tcp_options.h"

namespace sekisho::engines::stream {

/// TCP flag bits as on the wire (RFC 9293 §3.1).
inline constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10, kUrg = 0x20;

/// One call of a reassembler: the segment, who sent it, and where its bytes go. Nothing of a
/// segment is taken before it is known to be good.
class TcpProcessing {
 public:
  using End = TcpReassembler::End;

  TcpProcessing(TcpReassembler& connection, Direction direction, const PacketView& packet,
                StreamSink& sink) noexcept
      : connection_(connection),
        worker_(*connection.worker_),
        packet_(packet),
        sink_(sink),
        direction_(direction),
        from_(connection.ends_[index_of(direction)]),
        to_(connection.ends_[1 - index_of(direction)]) {}

  TcpOutcome run() noexcept;
  /// Everything that waits, then the ends.
  void close() noexcept;

 private:
  bool has(std::uint8_t flags) const noexcept { return (packet_.tcp_flags & flags) == flags; }
  bool on_arrival() const noexcept { return worker_.config().delivery == Delivery::on_arrival; }
  std::uint32_t payload_size() const noexcept {
    return static_cast<std::uint32_t>(packet_.payload.size());
  }
  void odd(std::string_view name) noexcept { worker_.oddities().add(name); }
  DropReason bad(DropReason reason, std::string_view name) noexcept {
    odd(name);
    return reason;
  }
  std::uint32_t urgent_pointer() const noexcept {
    const auto header = packet_.transport_header;
    return header.size() < 20 ? 0 : std::uint32_t{header[18]} << 8 | header[19];
  }
  std::uint32_t seconds() const noexcept {
    return static_cast<std::uint32_t>(packet_.time_ns / 1'000'000'000);
  }
  /// The end was not seen so far, and that is to be lived with: nobody acknowledges.
  bool unseen(const End& receiver) const noexcept {
    return !receiver.seen && (connection_.one_sided_ || (on_arrival() && connection_.midstream_));
  }

  // opening (tcp_handshake.cc)
  DropReason syn() noexcept;
  DropReason first_syn() noexcept;
  DropReason further_syn_of_opener() noexcept;
  DropReason syn_acknowledgement() noexcept;
  DropReason answer_to_syn() noexcept;
  DropReason syn_acknowledgement_again() noexcept;
  DropReason syn_on_open_connection() noexcept;
  void learn_syn(End& end) noexcept;
  void guess(End& end, std::uint32_t next) noexcept;
  void settle_scale() noexcept;
  void pick_up_midstream() noexcept;
  DropReason before_answer() noexcept;
  bool adopt_acknowledged_syn() noexcept;

  // what follows (tcp_segment.cc)
  DropReason dispatch() noexcept;
  bool answers_challenge() const noexcept;
  DropReason reset() noexcept;
  DropReason regular() noexcept;
  DropReason check_timestamp() noexcept;
  DropReason check_acknowledgement() noexcept;
  DropReason check_sequence() noexcept;
  DropReason check_fin() noexcept;
  DropReason after_reset() noexcept;
  void learn_acknowledgement() noexcept;
  void learn_timestamp() noexcept;
  void learn_fin() noexcept;
  void move_on() noexcept;
  void begin_seeing() noexcept;

  // bytes that arrive (tcp_payload.cc)
  DropReason take_payload(std::uint32_t sequence) noexcept;
  DropReason take_inline(const SegmentQueue::Piece& piece) noexcept;
  DropReason check_seen_bytes(const SegmentQueue::Piece& piece) noexcept;
  DropReason take_for_later(SegmentQueue::Piece piece) noexcept;
  void compare_handed_on(const SegmentQueue::Piece& piece) noexcept;
  DropReason keep(const SegmentQueue::Piece& piece) noexcept;
  SegmentQueue::Inserted insert(const SegmentQueue::Piece& piece) noexcept;
  std::uint32_t urgent_place(std::uint32_t sequence) noexcept;
  bool is_keep_alive(const SegmentQueue::Piece& piece) const noexcept;

  // bytes that are handed on (tcp_delivery.cc)
  void acknowledge(End& end) noexcept;
  bool may_still_come(const End& end) const noexcept;
  void advance(End& end, std::uint32_t limit) noexcept;
  void deliver_contiguous(End& end) noexcept;
  void deliver_rest(End& end) noexcept;
  void take_from_queue(End& end, std::uint32_t limit) noexcept;
  void hand_on(End& end, std::span<const std::uint8_t> bytes, std::uint32_t urgent) noexcept;
  void hand_on_ordinary(End& end, std::span<const std::uint8_t> bytes) noexcept;
  StreamWindow::Limits window_limits(const End& end, std::size_t count) const noexcept;
  std::uint64_t depth_left(const End& end) const noexcept;
  void gap(End& end, std::uint32_t count) noexcept;
  void end_if_over(End& end) noexcept;
  void finish(End& end, StreamEnd why) noexcept;
  void tidy(End& end) noexcept;
  Direction direction_of(const End& end) const noexcept {
    return &end == &from_ ? direction_ : opposite(direction_);
  }

  TcpReassembler& connection_;
  TcpWorker& worker_;
  const PacketView& packet_;
  StreamSink& sink_;
  Direction direction_;
  End& from_;
  End& to_;
  TcpOptions options_;
  bool reuse_ = false;
  bool delivered_ = false;
  bool payload_taken_ = false;
};

}  // namespace sekisho::engines::stream
