#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "config/base/shared_count.h"
#include "dataplane/decrypt/channel/channel.h"
#include "dataplane/decrypt/channel/ring.h"
#include "dataplane/decrypt/channel/session_messages.h"
#include "dataplane/decrypt/diversion/client_hello.h"
#include "dataplane/decrypt/diversion/connection_table.h"
#include "dataplane/decrypt/diversion/link_header.h"
#include "dataplane/decrypt/takeover/handshake.h"

namespace sekisho::decrypt {

/// How a connection is treated, as policy has it. May change until it is handed over.
struct DiversionTerms {
  bool block_on_failure = false;  // what cannot be opened is reset, not passed
  bool block_not_tls = false;     // likewise what is no TLS
  HandoverWish wish{};
};

/// What has become of a connection, told once each. After passed and blocked nothing more comes.
struct DiversionNews {
  enum class Kind : std::uint8_t {
    passed,      // it is left alone, and what was held has gone on
    blocked,     // both its ends were reset
    taken_over,  // the decrypting process has it
    opened,      // both its handshakes are over: `session`
    failed,      // it is not decrypted to its end: `failure`
    closed,      // both its ends have closed
  };
  enum class Why : std::uint8_t {
    none,
    not_tls,
    too_long,    // a ClientHello out of bounds, in bytes or time
    impossible,  // a handshake that cannot be gone on with
    no_room,     // for what would have to be held, or handed over
    refused,     // by the decrypting process
    absent,      // there is none, it did not answer, or it has died
  };
  Kind kind;
  Why why = Why::none;  // of passed and blocked
  TlsFailure failure = TlsFailure::none;
  OpenedSession session{};
};

/// A frame of a connection that may have to be opened.
struct DivertedFrame {
  void* handle;  // the worker's
  std::span<const std::uint8_t> bytes;
  std::uint16_t ip_offset;
  std::uint16_t ip_bytes;  // the IP packet; what follows is padding
  std::uint8_t port;       // that it came in by
  Side from;
  bool checksum_is_good;
};

/// What a Diverter asks of its worker, and tells it.
class DiversionSink {
 public:
  virtual void tell(std::uint32_t number, const DiversionNews& news) noexcept = 0;
  /// What one end of a connection has said, in order, where its terms have plaintext lent: it goes
  /// on by Diverter::clear(). `is_end`: that end says no more.
  virtual void plaintext(std::uint32_t /*number*/, Side /*from*/,
                         std::span<const std::uint8_t> /*bytes*/, bool /*is_end*/) noexcept {}
  /// A frame that was held goes its way, or nowhere.
  virtual void forward(void* handle) noexcept = 0;
  virtual void discard(void* handle) noexcept = 0;
  /// A frame of `link_header` and `packet` goes out by `port`.
  virtual void emit(std::uint8_t port, std::span<const std::uint8_t> link_header,
                    std::span<const std::uint8_t> packet) noexcept = 0;

 protected:
  ~DiversionSink() = default;
};

struct DiversionSettings {
  std::uint32_t most_connections = 24'576;  // 300 bytes each
  std::uint16_t most_holding = 512;         // of them at a time; each up to 16 frames
  std::uint32_t hold_ms = 3000;             // for the rest of a ClientHello
  std::uint32_t reply_ms = 200;             // for the decrypting process
};

struct DiversionCounters {
  SharedCount watched;  // handshakes followed
  SharedCount handed_over;
  SharedCount opened;           // the decrypting process has them
  SharedCount not_tls;          // passed or blocked
  SharedCount impossible;       // passed or blocked: handshakes that cannot be gone on with
  SharedCount too_long;         // passed: a ClientHello out of bounds, in bytes or time
  SharedCount refused;          // by the decrypting process
  SharedCount unanswered;       // it was too slow, or is not there
  SharedCount reset_by_death;   // of the decrypting process
  SharedCount reset_by_policy;  // while they were open
  SharedCount no_room;          // passed or blocked: nowhere to hold their ClientHello
  SharedCount ring_full;        // segments lost towards it
  SharedCount unknown_emitted;  // packets of it that belong to no connection
};

/// One worker's side of late takeover: follows handshakes, holds a client's first segments until
/// its ClientHello is whole, hands connections over, and puts what the decrypting process sends on
/// the wire with the connection's own link header. Nothing is allocated after make(); one thread.
class Diverter {
 public:
  enum class Fate : std::uint8_t {
    pass,      // the worker goes on with it
    held,      // the diverter has it, until DiversionSink::forward() or discard()
    consumed,  // it went to the decrypting process, or nowhere: the worker frees it
  };
  using Number = std::uint32_t;  // of a connection
  static constexpr Number kNone = 0xffffffff;

  explicit Diverter(const DiversionSettings& settings);

  /// The decrypting process's channel, and what rings its bell. An older one must be lost() first.
  void attach(RingWriter to_decrypt, RingReader from_decrypt, int bell) noexcept;
  /// It has died: its connections are reset, those that are to be handed over fail.
  void lost(DiversionSink& sink, std::uint32_t now_ms) noexcept;

  /// A connection whose SYN is `frame`, to be followed. kNone: there is no place, or it has data.
  Number watch(const DivertedFrame& frame, std::uint32_t now_ms) noexcept;
  /// Before each take() whose flow was judged anew. They hold from then on.
  void agree(Number number, const DiversionTerms& terms) noexcept;
  /// Each further frame of it, in either direction.
  Fate take(Number number, const DivertedFrame& frame, DiversionSink& sink,
            std::uint32_t now_ms) noexcept;
  /// Its ClientHello is whole, and nobody has decided yet.
  bool awaits_decision(Number number) const noexcept;
  /// To be opened, or left alone: then what was held goes on, and the number is void.
  void decide(Number number, bool open, DiversionSink& sink, std::uint32_t now_ms) noexcept;
  /// Whether the worker need not look at it any more, but must end() it.
  bool is_over(Number number) const noexcept;
  /// Whether its frames are the decrypting process's, or nobody's, so that take() is to have them
  /// first.
  bool is_taken(Number number) const noexcept;
  /// Policy turned against it: both ends are reset, and whoever goes on hears it again.
  void cut(Number number, DiversionSink& sink) noexcept;
  // Of lent plaintext. False: there is no room in the ring now, and it is to be said again.
  /// So many more bytes of what `from` said may go on.
  bool clear(Number number, Side from, std::uint32_t bytes) noexcept;
  /// The client gets this behind what is cleared, and the connection ends; at most
  /// kMostAnswerBytes.
  bool answer(Number number, std::span<const std::uint8_t> bytes) noexcept;
  /// Both ends are reset, by the decrypting process.
  bool condemn(Number number) noexcept;
  /// Who speaks with whom, and by which ports behind which headers.
  struct Towards {  // one end
    LinkHeader link;
    std::uint8_t port = 0;
  };
  struct Path {
    ConnectionEnds ends;
    std::array<Towards, 2> towards;  // by Side
  };
  Path path(Number number) const noexcept;
  /// The worker has forgotten its flow.
  void end(Number number, DiversionSink& sink) noexcept;

  /// What came from the decrypting process, and what is due. At most `budget` messages; how many
  /// there were.
  unsigned poll(DiversionSink& sink, std::uint32_t now_ms, unsigned budget) noexcept;

  /// From any thread.
  const DiversionCounters& counters() const noexcept { return counters_; }
  /// From any thread.
  bool is_attached() const noexcept { return is_attached_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kMostHeld = 16;  // segments; an initial window is 10 (RFC 6928)
  static constexpr std::size_t kMostHelloBytes = std::size_t{16} << 10;

  enum class State : std::uint8_t {
    free,
    handshake,
    holding,
    decision,
    asked,
    diverted,
    dead,
    over
  };
  static constexpr std::uint16_t kNoHold = 0xffff;

  struct Held {
    void* handle;
    std::span<const std::uint8_t> packet;
    bool checksum_is_good;
    Side from;
  };
  struct Direction {  // towards one end
    LinkHeader link;
    std::uint8_t port = 0;
    std::uint32_t next_seq = 0;  // that this end expects, by what it last acknowledged
    std::uint32_t next_ack = 0;  // behind the last byte that it sent
  };
  struct Connection {
    State state = State::free;
    std::uint16_t hold = kNoHold;  // index in holds_
    std::uint32_t age = 0;         // tells it from the one that had its place before
    std::uint32_t since_ms = 0;
    ConnectionEnds ends;
    Handshake handshake;
    std::array<Direction, 2> towards;
    DiversionTerms terms;
  };
  /// What is held of one connection: a place is taken with the first frame.
  struct Hold {
    Number owner = kNone;
    std::uint8_t count = 0;
    std::array<Held, kMostHeld> held;

    std::span<const Held> frames() const noexcept { return std::span(held).first(count); }
  };

  std::uint64_t flow_id(Number number) const noexcept;
  Connection* by_flow_id(std::uint64_t flow_id) noexcept;
  Number number_of(const Connection& c) const noexcept;
  bool keep(Connection& c, const Held& frame) noexcept;
  Hold take_hold(Connection& c) noexcept;
  std::span<const Held> held_of(const Connection& c) const noexcept;
  Fate follow_handshake(Connection& c, const DivertedFrame& frame, const TcpPacket& at,
                        DiversionSink& sink, std::uint32_t now_ms) noexcept;
  Fate hold(Connection& c, const DivertedFrame& frame, const TcpPacket& at, DiversionSink& sink,
            std::uint32_t now_ms) noexcept;
  HelloState hello_state(const Connection& c) noexcept;
  void learn(Connection& c, const DivertedFrame& frame, const TcpPacket& at) noexcept;
  Fate to_decrypt(std::span<const std::uint8_t> packet, bool checksum_is_good,
                  std::uint64_t flow) noexcept;
  void hand_over(Number number, DiversionSink& sink, std::uint32_t now_ms) noexcept;
  Fate give_up(Connection& c, SharedCount& count, DiversionNews::Why why, bool blocks,
               DiversionSink& sink) noexcept;
  void release(Connection& c, DiversionSink& sink) noexcept;
  void fail(Connection& c, DiversionNews::Why why, DiversionSink& sink) noexcept;
  void reset_ends(Connection& c, DiversionSink& sink) noexcept;
  void reset_towards(Connection& c, Side side, DiversionSink& sink) noexcept;
  void go_on(Connection& c, std::uint64_t flow, DiversionSink& sink) noexcept;
  void emitted(std::span<const std::uint8_t> packet, DiversionSink& sink) noexcept;
  void take_message(const RingReader::Message& message, DiversionSink& sink) noexcept;
  void tell(const Connection& c, const RingReader::Message& message, DiversionSink& sink) noexcept;
  void look_at_due(DiversionSink& sink, std::uint32_t now_ms) noexcept;
  bool say(Number number, MessageKind kind, std::uint16_t flags,
           std::span<const std::uint8_t> body) noexcept;
  void abandon(Number number) noexcept;
  void let_go(Number number) noexcept;

  DiversionSettings settings_;
  std::vector<Connection> connections_;
  std::vector<Number> free_;
  ConnectionTable table_;  // of those that the decrypting process has
  std::vector<Hold> holds_;
  std::vector<std::uint16_t> free_holds_;
  std::vector<std::uint8_t> hello_room_;
  std::size_t next_due_ = 0;  // of holds_
  std::uint32_t looked_ms_ = 0;
  RingWriter out_;
  RingReader in_;
  int bell_ = -1;
  std::atomic<bool> is_attached_{false};
  DiversionCounters counters_;
};

}  // namespace sekisho::decrypt
