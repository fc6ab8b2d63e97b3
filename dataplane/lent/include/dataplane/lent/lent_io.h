#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/io/frame_io.h"
#include "dataplane/lent/lent_frame.h"

struct rte_mempool;

namespace sekisho::dataplane {

/// A decrypted connection whose plaintext is lent, for the length of its life.
using LentNumber = std::uint32_t;

/// Hears what the packet path did with lent plaintext. Called from within LentIo's functions.
class LentSink {
 public:
  /// Of what was offered last from `side`, the first `bytes` may go on. Fewer than were offered:
  /// the rest has to wait, and is offered again.
  virtual void cleared(LentNumber number, decrypt::Side from, std::uint32_t bytes) noexcept = 0;
  /// The client is to hear `bytes` as if they were the server's; `is_last`: and then no more.
  virtual void answered(LentNumber number, std::span<const std::uint8_t> bytes,
                        bool is_last) noexcept = 0;
  /// Both ends are to be reset.
  virtual void condemned(LentNumber number) noexcept = 0;

 protected:
  ~LentSink() = default;
};

/// A decrypted connection, as its frames will look.
struct LentConnection {
  decrypt::ConnectionEnds ends;
  std::array<decrypt::LinkHeader, 2> link;  // by decrypt::Side of the sender
  std::array<std::uint8_t, 2> port{};       // of the wire, by which a side's frames come in
};

/// A worker's ports, and beside each of them another one for what is decrypted: plaintext that is
/// lent comes in there as segments of a connection like any other, and what the worker sends out
/// there goes on. So plaintext takes the way of every packet, through every engine. The port beside
/// `n` is `n + wire_ports`. Until it is furnished it has no place for any. One thread; nothing of
/// it allocates but make() and Room.
class LentIo final : public FrameIo {
 public:
  static constexpr std::size_t kMostOfferedBytes = std::size_t{16} << 10;

  /// Places for `most` connections at a time; made off the core that uses it.
  class Room;

  /// Frames come from `pool`; `wire` and it outlive this.
  static Result<std::unique_ptr<LentIo>> make(FrameIo& wire, std::uint8_t wire_ports,
                                              rte_mempool* pool);
  ~LentIo() override;

  /// Once, before the first open().
  void furnish(Room room) noexcept;

  /// Who hears from now on; null: nobody. It outlives its use.
  void tell(LentSink* sink) noexcept { sink_ = sink; }

  /// Nothing: all places are taken.
  std::optional<LentNumber> open(const LentConnection& connection) noexcept;
  /// Up to kMostOfferedBytes of plaintext from `side`; LentSink::cleared() answers, perhaps at
  /// once; never behind a page, which is all that the client still gets. False: it cannot be
  /// taken, as what was offered before is not answered yet, or the connection is none.
  bool offer(LentNumber number, decrypt::Side side, std::span<const std::uint8_t> bytes) noexcept;
  /// That side says no more.
  void end(LentNumber number, decrypt::Side side) noexcept;
  /// The connection is over; the number is void. What is still on its way is told to nobody.
  void close(LentNumber number) noexcept;

  std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(places_.size() - free_.size());
  }

  std::size_t receive(std::span<rte_mbuf*> out) noexcept override;
  std::size_t transmit(std::uint8_t port, std::span<rte_mbuf*> frames) noexcept override;
  void discard(std::span<rte_mbuf*> frames) noexcept override;
  std::uint64_t receive_ring_full() const noexcept override { return wire_.receive_ring_full(); }

  /// For a reply of the worker's: it is about the connection of `about`.
  static void take_mark(rte_mbuf& reply, const rte_mbuf& about) noexcept;

 private:
  struct Way {  // by sender
    LentFrame frame;
    std::uint32_t cleared_seq = 0;  // up to which it went on
    std::uint32_t offered_seq = 0;  // where the last offer began
    std::uint32_t acknowledged_seq = 0;
    std::uint16_t in_flight = 0;  // frames of that offer
    bool is_offered = false;      // and not answered yet
    bool is_ended = false;
  };
  struct Place {
    std::array<Way, 2> ways;
    std::array<std::uint8_t, 2> port{};  // beside the wire's
    std::uint32_t age = 0;
    bool in_use = false;
    bool is_met = false;  // its handshake went through
    bool is_answered = false;
    bool is_condemned = false;
  };
  struct Written {
    std::uint32_t seq;
    std::uint8_t flags;
    std::uint32_t payload_bytes;
  };
  struct Mark {  // of a frame: whose it is
    LentNumber number;
    std::uint32_t age;
  };
  static Mark mark_of(const rte_mbuf& frame) noexcept;
  static void put_mark(rte_mbuf& frame, const Mark& mark) noexcept;
  static std::size_t index(decrypt::Side side) noexcept { return static_cast<std::size_t>(side); }

  LentIo(FrameIo& wire, std::uint8_t wire_ports, rte_mempool* pool, std::size_t segment_bytes);
  bool is_lent(const rte_mbuf& frame) const noexcept;
  Place* place_of(const Mark& mark) noexcept;
  decrypt::Side side_of(const Place& place, std::uint16_t port) const noexcept;
  bool has_room(std::size_t frames) const noexcept;
  bool queue(LentNumber number, decrypt::Side from, const LentFrame::Segment& segment) noexcept;
  rte_mbuf* take_waiting() noexcept;
  bool greet(LentNumber number) noexcept;
  void queue_offered(LentNumber number, decrypt::Side side,
                     std::span<const std::uint8_t> bytes) noexcept;
  static Written read(const Way& way, const rte_mbuf& frame) noexcept;
  void note(const rte_mbuf& frame, bool went_on) noexcept;
  void settle(LentNumber number, decrypt::Side from) noexcept;
  void take_reply(const rte_mbuf& frame, std::uint8_t port) noexcept;

  FrameIo& wire_;
  rte_mempool* pool_;
  LentSink* sink_ = nullptr;
  std::uint8_t wire_ports_;
  std::size_t segment_bytes_;  // of payload
  std::vector<Place> places_;
  std::vector<LentNumber> free_;
  std::vector<rte_mbuf*> waiting_;  // a ring of a power of two
  std::size_t first_waiting_ = 0, num_waiting_ = 0;
};

class LentIo::Room {
 public:
  explicit Room(std::uint32_t most);

 private:
  friend class LentIo;
  std::vector<Place> places_;
  std::vector<LentNumber> free_;
  std::vector<rte_mbuf*> waiting_;
};

}  // namespace sekisho::dataplane
