#pragma once

#include <cstdint>

#include "engines/ips/ips.h"

namespace sekisho::engines::ips {

/// A rule that met a stream.
struct StreamMemory {
  std::uint32_t rule = 0;
  std::uint32_t waits = 0;        // 1: for more bytes, since pattern_end
  std::uint64_t spoken_end = 0;   // of the bytes it spoke of
  std::uint64_t pattern_end = 0;  // where its pattern ended
};

/// What the rules remember of a flow. Bits and integers go by name, so they outlive a ruleset.
class FlowState {
 public:
  static constexpr std::size_t kMaxBits = 1024;
  static constexpr std::size_t kMaxIntegers = 256;
  static constexpr std::size_t kMaxStreamMemories = 32;

  explicit FlowState(MemoryPool& pool) noexcept;

  bool has_bit(std::uint32_t bit) const noexcept;
  /// False: no room.
  bool set_bit(std::uint32_t bit) noexcept;
  void unset_bit(std::uint32_t bit) noexcept;

  bool integer(std::uint32_t name, std::int64_t& value) const noexcept;
  bool set_integer(std::uint32_t name, std::int64_t value) noexcept;

  /// Of one direction; forgotten when the rules change.
  std::span<StreamMemory> stream_memories(Direction direction, std::uint64_t serial) noexcept;
  bool remember(Direction direction, const StreamMemory& memory, std::uint64_t serial) noexcept;
  void forget(Direction direction, std::size_t index) noexcept;

  bool passed = false;  // a pass rule let the rest of the flow through

  std::uint64_t tagged_until_ms = 0;

 private:
  struct Integer {
    std::uint32_t name;
    std::uint32_t unused;
    std::int64_t value;
  };
  PooledBytes bits_, integers_;
  PooledBytes memories_[2];
  std::uint64_t serial_ = 0;  // of the ruleset that memories_ speak of
};

}  // namespace sekisho::engines::ips
