#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "config/events/drop_reason.h"
#include "engines/api/packet_view.h"
#include "engines/memory/memory_pool.h"
#include "engines/protocols/transaction.h"
#include "engines/stream/oddities.h"
#include "engines/stream/segment_queue.h"
#include "engines/stream/stream_config.h"
#include "engines/stream/stream_window.h"

namespace sekisho::engines::stream {

enum class StreamEnd : std::uint8_t {
  fin,      // the sender closed
  reset,    // either end tore the connection down
  timeout,  // close() was called: no more packets will come
};

/// Takes what a connection carries, in order. Called from within TcpReassembler's calls, which it
/// must not call back, but for stop().
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  /// `view.fresh` (> 0) bytes at the window's end are new; the window reaches back as far as
  /// TcpConfig::history asks, if there are that many, without gaps. window_offset counts the
  /// direction's bytes, missing ones included. Lent for the call.
  virtual void stream_bytes(Direction direction, const BodyView& view) noexcept = 0;
  /// `count` (> 0) bytes are missing here: never seen, or not kept for want of memory.
  virtual void stream_gap(Direction direction, std::uint64_t count) noexcept = 0;
  /// What follows of this direction is behind a gap that was never filled or acknowledged: its
  /// receiver did not get to read it.
  virtual void stream_unreadable(Direction /*direction*/) noexcept {}
  /// The depth is reached. False: nothing of this direction will follow but its end; true: all of
  /// it does, without a depth. Once at most.
  virtual bool stream_depth_reached(Direction direction) noexcept = 0;
  /// Nothing of this direction will follow. Once.
  virtual void stream_end(Direction direction, StreamEnd why) noexcept = 0;
};

enum class TcpState : std::uint8_t {
  none,
  syn_sent,
  syn_recv,
  established,
  fin_wait1,
  fin_wait2,
  close_wait,
  closing,
  last_ack,
  time_wait,
  closed,
};
/// As EVE's tcp.state has it; "" for none.
std::string_view name_of(TcpState state) noexcept;

struct TcpOutcome {
  /// none: the segment is part of the connection, or harmless. Otherwise it is not, nothing of it
  /// was taken, and whoever stands in its way drops it; in a listener it is ignored.
  DropReason drop = DropReason::none;
  bool clear_urgent = false;  // UrgentPolicy::strip: clear URG and the pointer before forwarding
  /// A SYN on a finished connection: nothing was done with it; the caller closes this one and gives
  /// the segment to a new TcpReassembler.
  bool reuse = false;
  /// Bytes were handed to the sink because of it.
  bool delivered = false;
  /// The payload is the stream's business: handed on, kept, seen before, or beyond what is wanted.
  /// Otherwise nobody will see it again.
  bool payload_taken = false;
  std::span<const std::string_view> oddities;  // until the next call with the same TcpWorker
};

struct TcpCounters {
  std::uint64_t segments = 0;       // with payload
  std::uint64_t bytes = 0;          // handed on
  std::uint64_t queued = 0;         // segments that had to wait
  std::uint64_t retransmitted = 0;  // segments with bytes seen before, the same
  std::uint64_t gaps = 0;
  std::uint64_t gap_bytes = 0;
  std::uint64_t no_memory = 0;
  std::uint64_t decoys = 0;  // segments whose TTL stood out
};

/// What all connections of one worker share. Outlives them.
class TcpWorker {
 public:
  TcpWorker(const TcpConfig& config, MemoryPool& pool) noexcept;
  const TcpConfig& config() const noexcept { return config_; }
  MemoryPool& pool() noexcept { return *pool_; }
  TcpCounters& counters() noexcept { return counters_; }
  Oddities& oddities() noexcept { return oddities_; }

 private:
  TcpConfig config_;
  MemoryPool* pool_;
  TcpCounters counters_;
  Oddities oddities_;
};

/// Puts the two byte streams of one TCP connection together (RFC 9293) and makes sure, when its
/// drops are obeyed, that the ends can only see the bytes that the sink saw.
///
/// A packet that is withheld because of what its bytes are (the sink's judgement, not `drop`) must
/// be the connection's end: its bytes count as inspected, so the same ones would pass if they came
/// again. With on_arrival all segments behind a gap were forwarded; the one that fills it brings
/// their bytes to the sink, and withholding it keeps the receiver from ever reading them.
class TcpReassembler {
 public:
  /// `one_sided`: one direction may stay unseen, as with TcpConfig::async_oneside for all.
  explicit TcpReassembler(TcpWorker& worker, bool one_sided = false) noexcept
      : worker_(&worker), one_sided_(one_sided || worker.config().async_oneside) {}
  ~TcpReassembler();
  TcpReassembler(const TcpReassembler&) = delete;
  TcpReassembler& operator=(const TcpReassembler&) = delete;

  /// One segment; `direction` as the caller sees the ends (to_server: sent by the client).
  TcpOutcome segment(Direction direction, const PacketView& packet, StreamSink& sink) noexcept;
  /// No further packet will come: hands on what waited, then the ends. Nothing happens the second
  /// time.
  void close(StreamSink& sink) noexcept;
  /// Nothing more of this direction is wanted: gives its memory back; its segments pass unread,
  /// stream_end() is not called.
  void stop(Direction direction) noexcept;
  /// The caller took the ends for each other: from now on they are the other ones.
  void swap_directions() noexcept;

  TcpState state() const noexcept { return state_; }
  /// The handshake was complete once, or the connection was picked up midstream.
  bool established() const noexcept { return established_; }
  bool midstream() const noexcept { return midstream_; }
  /// Of a direction's payload, in order, handed on; gaps not counted.
  std::uint64_t delivered_bytes(Direction direction) const noexcept;
  bool stopped(Direction direction) const noexcept;
  /// Pool memory held.
  std::size_t memory_bytes() const noexcept;

 private:
  friend class TcpProcessing;

  /// What one end sends. Sequence numbers as on the wire: compare modulo 2^32.
  struct End {
    StreamWindow window;  // of what was handed on; window.next() is what comes next
    SegmentQueue queue;
    std::uint64_t offset = 0;        // in the stream, of what comes next
    std::uint64_t delivered = 0;     // bytes
    std::uint32_t first = 0;         // sequence number of the first byte
    std::uint32_t highest = 0;       // behind the last one seen, FIN included
    std::uint32_t sent = 0;          // behind the last one that it was seen to send
    std::uint32_t acknowledged = 0;  // by the peer, at least `first`
    std::uint32_t allowed_end = 0;   // highest acknowledgement + window of the peer
    std::uint32_t fin = 0;           // sequence number of the FIN
    std::uint32_t urgent = 0;        // of the urgent byte, if it is still to come
    std::uint32_t max_window = 0;    // largest it advertised
    std::uint32_t timestamp = 0;     // at most the receiver's TS.Recent (RFC 7323)
    std::uint32_t timestamp_s = 0;   // when it was learnt, Unix time
    std::uint8_t scale = 0;          // of the windows it advertises
    std::uint8_t ttl = 0;            // of its first packet
    std::uint8_t other_syns = 0;     // SYNs with other numbers
    bool known : 1 = false;          // sequence numbers are valid
    bool seen : 1 = false;           // has sent something that counts
    bool syn_seen : 1 = false;
    bool syn_acknowledges : 1 = false;  // its SYN was a SYN-ACK
    bool syn_acknowledged : 1 = false;
    bool guessed : 1 = false;  // its beginning was not seen
    bool allowed_known : 1 = false;
    bool scale_offered : 1 = false;
    bool timestamp_known : 1 = false;
    bool authenticates : 1 = false;  // TCP-MD5 or TCP-AO (RFC 2385, RFC 5925)
    bool urgent_pending : 1 = false;
    bool fin_seen : 1 = false;
    bool reset_sent : 1 = false;
    bool depth_reached : 1 = false;
    bool without_depth : 1 = false;  // the sink wants what is behind it
    bool stopped : 1 = false;
    bool unread : 1 = false;  // nothing is compared any more
    bool ended : 1 = false;
    bool reading() const noexcept { return !depth_reached && !stopped && !ended; }
  };

  TcpWorker* worker_;
  End ends_[2];
  TcpState state_ = TcpState::none;
  std::uint8_t opener_ = 0;  // index of the end that sent the first SYN
  bool one_sided_;
  bool established_ = false;
  bool midstream_ = false;
  bool closed_ = false;  // close() was called
  bool busy_ = false;    // within a call that tells the sink
  // The responder answered a SYN with a challenge ACK, of this number, for an older connection.
  bool challenged_ = false;
  std::uint32_t challenge_ = 0;
};

}  // namespace sekisho::engines::stream
