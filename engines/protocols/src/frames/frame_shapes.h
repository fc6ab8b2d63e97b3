#pragma once

#include <cstdint>
#include <span>

#include "engines/protocols/parser.h"

namespace sekisho::engines::frames {

using Bytes = std::span<const std::uint8_t>;

/// One message on its way to the rules, and what is remembered of the conversation.
class Teller {
 public:
  Teller(Direction direction, bool tcp, std::uint32_t& memory, ProtocolEvents& events) noexcept
      : direction_(direction), tcp_(tcp), memory_(memory), events_(events) {}

  void tell(rules::Field field, Bytes bytes) const noexcept {
    events_.frame(field, direction_, bytes);
  }
  bool tcp() const noexcept { return tcp_; }
  /// The shape's own, of both directions; 0 at the beginning.
  std::uint32_t& memory() const noexcept { return memory_; }

 private:
  Direction direction_;
  bool tcp_;
  std::uint32_t& memory_;
  ProtocolEvents& events_;
};

/// How a protocol's messages begin and what frames are in them.
struct Shape {
  Protocol protocol = Protocol::unknown;
  /// As MessageFrames wants it: the length of the message that begins there.
  std::uint64_t (*measure)(Bytes bytes) noexcept = nullptr;
  /// `message` may be cut behind its beginning.
  void (*tell)(const Teller& teller, Bytes message) noexcept = nullptr;
};

/// Null: messages of that protocol have no length of their own, or its parser tells the frames.
const Shape* shape_of(Protocol protocol) noexcept;

}  // namespace sekisho::engines::frames
