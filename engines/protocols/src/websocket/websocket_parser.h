#pragma once

#include <array>

#include "content_coding/codec.h"
#include "engines/protocols/parser.h"

namespace sekisho::engines::websocket {

using Bytes = std::span<const std::uint8_t>;

/// A frame's head (RFC 6455 §5.2).
struct FrameHead {
  bool fin = false;
  std::uint8_t reserved = 0;  // RSV1 is 4
  std::uint8_t opcode = 0;
  bool masked = false;
  std::uint32_t mask = 0;
  std::uint64_t payload_bytes = 0;

  bool compressed() const noexcept { return (reserved & 4) != 0; }
};

/// One frame; the last one of a message has the whole message as its payload.
class FrameTransaction final : public Transaction {
 public:
  FrameTransaction(std::uint64_t id, const FrameHead& head, Bytes payload, Direction direction,
                   bool unpacked) noexcept
      : Transaction(id),
        head_(head),
        payload_(payload),
        direction_(direction),
        compressed_(unpacked) {}

  std::optional<Bytes> bytes(rules::Field field, Direction direction, std::uint32_t instance,
                             FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

 private:
  FrameHead head_;
  Bytes payload_;
  Direction direction_;
  bool compressed_;
};

class WebSocketParser final : public Parser {
 public:
  /// Payload that is looked at, of a frame, of a message, and of a message unpacked.
  static constexpr std::size_t kMaxPayloadBytes = 64 * 1024;
  /// Unpacked bytes of one message; beyond, that direction's messages are not unpacked any more.
  static constexpr std::size_t kMaxUnpackedBytes = std::size_t{1} << 20;

  explicit WebSocketParser(MemoryPool& pool) noexcept : sides_{Side(pool), Side(pool)} {}

  ParseStatus consume(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept override;
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override;
  Transaction* current(Direction) noexcept override { return current_; }

 private:
  static constexpr std::size_t kMaxHeadBytes = 14;
  struct Side {
    explicit Side(MemoryPool& pool) noexcept
        : message(pool, kMaxPayloadBytes),
          control(pool, kMaxPayloadBytes),
          unpacked(pool, kMaxPayloadBytes),
          codec(nullptr, {&pool, 0}) {}
    std::array<std::uint8_t, kMaxHeadBytes> head_bytes{};
    std::size_t num_head_bytes = 0;
    FrameHead head;
    bool in_payload = false;
    std::uint64_t seen = 0;  // of the frame's payload
    PooledBytes message;     // unmasked, of this frame and those that it continues
    PooledBytes control;     // of a control frame in between
    PooledBytes unpacked;
    bool message_compressed = false, cut = false, broken_codec = false;
    Pooled<Codec> codec;  // its window lives from message to message
  };

  bool read_head(Side& side, Bytes& bytes) noexcept;
  void read_payload(Side& side, Bytes& bytes) noexcept;
  void frame_done(Side& side, Direction direction, ProtocolEvents& events) noexcept;
  bool unpack(Side& side) noexcept;
  static PooledBytes& buffer_of(Side& side) noexcept {
    return side.head.opcode >= 8 ? side.control : side.message;
  }

  Side sides_[2];
  std::uint64_t next_id_ = 0;
  Transaction* current_ = nullptr;
};

}  // namespace sekisho::engines::websocket
