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

/// A name of the rules as a number that is the same in every ruleset.
std::uint32_t name_key(std::string_view name) noexcept;

/// What the rules remember of a flow. Bits and integers go by name, so they outlive a ruleset.
class FlowState {
 public:
  static constexpr std::size_t kMaxBits = 1024;
  static constexpr std::size_t kMaxIntegers = 256;
  static constexpr std::size_t kMaxStreamMemories = 32;
  static constexpr std::size_t kMaxTextBytes = 4096;  // of all texts, with their heads
  static constexpr std::size_t kMaxValueBytes = 255;  // of one; the rest is cut

  explicit FlowState(MemoryPool& pool) noexcept;

  bool has_bit(std::uint32_t bit) const noexcept;
  /// False: no room.
  bool set_bit(std::uint32_t bit) noexcept;
  void unset_bit(std::uint32_t bit) noexcept;

  bool integer(std::uint32_t name, std::int64_t& value) const noexcept;
  bool set_integer(std::uint32_t name, std::int64_t value) noexcept;

  /// A further value of that name. False: no room.
  bool add_text(std::uint32_t name, std::span<const std::uint8_t> value) noexcept;
  /// One of the name's values has `wanted` in it.
  bool has_text(std::uint32_t name, std::span<const std::uint8_t> wanted) const noexcept;

  /// Of one direction; forgotten when the rules change.
  std::span<StreamMemory> stream_memories(Direction direction, std::uint64_t serial) noexcept;
  bool remember(Direction direction, const StreamMemory& memory, std::uint64_t serial) noexcept;
  void forget(Direction direction, std::size_t index) noexcept;

  bool passed = false;  // a pass rule let the rest of the flow through

 private:
  static constexpr std::size_t kTextHeadBytes = 5;
  template <class Look>
  bool any_text(std::uint32_t name, Look look) const noexcept;

  struct Integer {
    std::uint32_t name;
    std::uint32_t unused;
    std::int64_t value;
  };
  PooledBytes bits_, integers_;
  PooledBytes texts_;  // name (4 bytes), size (1), value, each
  PooledBytes memories_[2];
  std::uint64_t serial_ = 0;  // of the ruleset that memories_ speak of
};

}  // namespace sekisho::engines::ips
