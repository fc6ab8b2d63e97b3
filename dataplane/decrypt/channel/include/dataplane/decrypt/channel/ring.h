#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sekisho::decrypt {

/// A message between a worker of the packet process and the decrypting process.
enum class MessageKind : std::uint16_t {
  filler = 0,  // the ring's own: what is left of its end
  // to the decrypting process
  handover = 1,  // body: Handover; flags: handover_flags()
  packet = 2,    // body: an IP packet; flags: kChecksumIsGood
  abandon = 3,   // of a flow that was handed over: forget it in silence
  // from it
  ready = 4,    // the flow's connections are rebuilt: what was held may come
  refused = 5,  // body: why, for a log
  emitted = 6,  // body: an IP packet for the wire, of no flow that is named
  closed = 7,   // both its connections are closed; the kernel may still say good-bye
  // to it, of plaintext that it lent
  cleared = 8,   // flags: the side that sent it; body: u32, so many more bytes may go on
  answer = 9,    // body: bytes for the client, then the session ends in order
  condemn = 10,  // both ends are reset
  // from it, of TLS
  opened = 11,         // both handshakes are over; body: OpenedSession
  failed = 12,         // body: one byte, TlsFailure; then closed
  plaintext = 13,      // flags: the side that sent it; body: at most kMostPlaintextBytes, in order
  plaintext_end = 14,  // flags: the side that says no more
};

inline constexpr std::uint16_t kChecksumIsGood = 1;  // the receiver of the packet has checked it

struct MessageHeader {
  std::uint32_t body_bytes;
  MessageKind kind;
  std::uint16_t flags;
  std::uint64_t flow_id;
};
static_assert(sizeof(MessageHeader) == 16);

/// Where both sides are, at the beginning of a ring's memory. Positions count bytes since the ring
/// was made.
struct RingPlaces {
  alignas(64) std::atomic<std::uint64_t> written;  // by the writer alone
  alignas(64) std::atomic<std::uint64_t> read;     // by the reader alone
  alignas(64) std::atomic<std::uint32_t> asleep;   // by the reader: wants its bell to be rung
};
static_assert(sizeof(RingPlaces) == 192 && std::atomic<std::uint64_t>::is_always_lock_free);

/// Messages of up to half the ring, in order, from one thread to one other, usually of another
/// process. Neither side waits, locks or allocates, or believes the other's positions: memory
/// outside the ring is never touched, whatever the other side writes.
///
/// `memory` is zero when the ring is new: RingPlaces, then 2^n bytes.
class RingWriter {
 public:
  RingWriter() noexcept = default;
  explicit RingWriter(std::span<std::byte> memory) noexcept;

  /// Room for a body of `body_bytes`, to be written in place; empty when there is none. Void by the
  /// next call.
  std::span<std::uint8_t> reserve(std::size_t body_bytes) noexcept;
  /// Makes the first `body_bytes` of what was reserved a message of the reader's. True: the reader
  /// sleeps, and its bell is to be rung.
  bool commit(MessageKind kind, std::uint16_t flags, std::uint64_t flow_id,
              std::size_t body_bytes) noexcept;

  /// Both, of bytes that are there already. False: no room, nothing was sent.
  bool send(MessageKind kind, std::uint16_t flags, std::uint64_t flow_id,
            std::span<const std::uint8_t> body, bool& reader_sleeps) noexcept;

  /// Whether a body of so many bytes would find room.
  bool has_room(std::size_t body_bytes) noexcept;

 private:
  std::size_t free_bytes() noexcept;
  void put_header(std::uint64_t position, const MessageHeader& header) noexcept;

  RingPlaces* places_ = nullptr;
  std::span<std::uint8_t> bytes_;
  std::uint64_t written_ = 0;
  std::uint64_t reserved_at_ = 0;
};

class RingReader {
 public:
  RingReader() noexcept = default;
  explicit RingReader(std::span<std::byte> memory) noexcept;

  struct Message {
    MessageHeader header{};
    std::span<const std::uint8_t> body;  // in the ring, until release()
  };
  enum class Outcome : std::uint8_t { message, empty, broken };

  /// The next one; those before it stay where they are until release(). broken: the writer has
  /// written nonsense, and no message of this ring is to be believed any more.
  Outcome next(Message& out) noexcept;
  /// Gives the writer the room of everything that next() returned.
  void release() noexcept;

  /// Before the reader waits for its bell. False: something came meanwhile, so it must not wait.
  bool fall_asleep() noexcept;
  void wake_up() noexcept;

 private:
  RingPlaces* places_ = nullptr;
  std::span<const std::uint8_t> bytes_;
  std::uint64_t at_ = 0;
  bool is_broken_ = false;
};

}  // namespace sekisho::decrypt
