#pragma once

#include <cstdint>
#include <span>

#include "engines/memory/memory_pool.h"
#include "engines/protocols/parser.h"

namespace sekisho::engines {

/// Cuts one conversation into the frames that rules look at, beside its parser: for protocols
/// whose frames stand in the bytes by themselves. Made only while rules look at frames.
class FrameCutter {
 public:
  virtual ~FrameCutter() = default;
  /// As Parser::consume(): the next bytes of one direction, or one whole datagram.
  virtual void consume(Direction direction, std::span<const std::uint8_t> bytes,
                       ProtocolEvents& events) noexcept = 0;
  /// `count` bytes are missing. False: it is not known any more where frames begin.
  virtual bool gap(Direction direction, std::uint64_t count) noexcept = 0;
  /// The direction is over: of a frame that is not complete, what there is.
  virtual void end(Direction direction, ProtocolEvents& events) noexcept = 0;
};

/// Null: the protocol has no frames, its parser tells them, or there is no memory.
Pooled<FrameCutter> make_frame_cutter(Protocol protocol, bool tcp, MemoryPool& pool) noexcept;

}  // namespace sekisho::engines
