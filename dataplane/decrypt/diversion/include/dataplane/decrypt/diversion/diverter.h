#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/decrypt/channel/channel.h"
#include "dataplane/decrypt/channel/ring.h"
#include "dataplane/decrypt/channel/session_messages.h"
#include "dataplane/decrypt/diversion/client_hello.h"
#include "dataplane/decrypt/diversion/connection_table.h"
#include "dataplane/decrypt/diversion/link_header.h"
#include "dataplane/decrypt/takeover/handshake.h"

namespace sekisho::decrypt {

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

/// What a Diverter asks of its worker.
class DiversionSink {
 public:
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
  std::uint32_t most_connections = 4096;
  std::uint32_t hold_ms = 3000;   // for the rest of a ClientHello
  std::uint32_t reply_ms = 200;   // for the decrypting process
  bool block_on_failure = false;  // what cannot be opened is reset, not passed
  HandoverWish wish;
};

struct DiversionCounters {
  std::uint64_t watched = 0;  // handshakes followed
  std::uint64_t handed_over = 0;
  std::uint64_t opened = 0;           // the decrypting process has them
  std::uint64_t not_tls = 0;          // passed
  std::uint64_t impossible = 0;       // passed or blocked: handshakes that cannot be gone on with
  std::uint64_t too_long = 0;         // passed: a ClientHello out of bounds, in bytes or time
  std::uint64_t refused = 0;          // by the decrypting process
  std::uint64_t unanswered = 0;       // it was too slow, or is not there
  std::uint64_t reset_by_death = 0;   // of the decrypting process
  std::uint64_t ring_full = 0;        // segments lost towards it
  std::uint64_t unknown_emitted = 0;  // packets of it that belong to no connection
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

  /// A connection whose SYN is `frame`, to be followed. kNone: no place, or none is wanted now.
  Number watch(const DivertedFrame& frame, std::uint32_t now_ms) noexcept;
  /// Each further frame of it, in either direction.
  Fate take(Number number, const DivertedFrame& frame, DiversionSink& sink,
            std::uint32_t now_ms) noexcept;
  /// Its ClientHello is whole, and nobody has decided yet.
  bool awaits_decision(Number number) const noexcept;
  /// To be opened, or left alone: then what was held goes on, and the number is void.
  void decide(Number number, bool open, DiversionSink& sink, std::uint32_t now_ms) noexcept;
  /// Whether the worker need not look at it any more; the number is void then.
  bool is_over(Number number) const noexcept;
  /// The worker has forgotten its flow.
  void end(Number number, DiversionSink& sink) noexcept;

  /// What came from the decrypting process, and what is due. At most `budget` messages.
  void poll(DiversionSink& sink, std::uint32_t now_ms, unsigned budget) noexcept;

  const DiversionCounters& counters() const noexcept { return counters_; }
  bool is_attached() const noexcept { return is_attached_; }

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
    std::uint8_t held_count = 0;
    std::uint32_t age = 0;  // tells it from the one that had its place before
    std::uint32_t since_ms = 0;
    ConnectionEnds ends;
    Handshake handshake;
    std::array<Direction, 2> towards;
    std::array<Held, kMostHeld> held;
  };

  std::uint64_t flow_id(Number number) const noexcept;
  Connection* by_flow_id(std::uint64_t flow_id) noexcept;
  Fate follow_handshake(Connection& c, const DivertedFrame& frame, const TcpPacket& at,
                        DiversionSink& sink, std::uint32_t now_ms) noexcept;
  Fate hold(Connection& c, const DivertedFrame& frame, const TcpPacket& at, DiversionSink& sink,
            std::uint32_t now_ms) noexcept;
  HelloState hello_state(const Connection& c) noexcept;
  void learn(Connection& c, const DivertedFrame& frame, const TcpPacket& at) noexcept;
  Fate to_decrypt(std::span<const std::uint8_t> packet, bool checksum_is_good,
                  std::uint64_t flow) noexcept;
  void hand_over(Number number, DiversionSink& sink, std::uint32_t now_ms) noexcept;
  void release(Connection& c, DiversionSink& sink) noexcept;
  void fail(Connection& c, DiversionSink& sink) noexcept;
  void reset_ends(Connection& c, DiversionSink& sink) noexcept;
  void reset_towards(Connection& c, Side side, DiversionSink& sink) noexcept;
  void go_on(Connection& c, std::uint64_t flow, DiversionSink& sink) noexcept;
  void emitted(std::span<const std::uint8_t> packet, DiversionSink& sink) noexcept;
  void take_message(const RingReader::Message& message, DiversionSink& sink) noexcept;
  void look_at_due(DiversionSink& sink, std::uint32_t now_ms) noexcept;
  void let_go(Number number) noexcept;

  DiversionSettings settings_;
  std::vector<Connection> connections_;
  std::vector<Number> free_;
  ConnectionTable table_;  // of those that the decrypting process has
  std::vector<std::uint8_t> hello_room_;
  Number next_due_ = 0;
  RingWriter out_;
  RingReader in_;
  int bell_ = -1;
  bool is_attached_ = false;
  DiversionCounters counters_;
};

}  // namespace sekisho::decrypt
