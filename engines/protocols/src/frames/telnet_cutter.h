#pragma once

#include <array>

#include "engines/protocols/frame_cutter.h"

namespace sekisho::engines::frames {

/// Commands and lines of TELNET (RFC 854); a line ends at LF or where a command begins. Both are a
/// frame "pdu", too.
class TelnetCutter final : public FrameCutter {
 public:
  static constexpr std::size_t kMaxUnit = 4096;  // of a longer one the pieces are frames

  explicit TelnetCutter(MemoryPool& pool) noexcept : units_{{{pool, kMaxUnit}, {pool, kMaxUnit}}} {}

  void consume(Direction direction, std::span<const std::uint8_t> bytes,
               ProtocolEvents& events) noexcept override;
  bool gap(Direction direction, std::uint64_t count) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    tell(direction, events);
  }

 private:
  void tell(Direction direction, ProtocolEvents& events) noexcept;

  std::array<PooledBytes, 2> units_;
};

}  // namespace sekisho::engines::frames
