#pragma once

#include <array>
#include <cstdint>

#include "engines/memory/memory_pool.h"

namespace sekisho::engines::quic {

/// Puts the CRYPTO frames of one direction together (RFC 9000 §7.5), in whatever order they come,
/// until the first handshake message is whole.
class CryptoStream {
 public:
  static constexpr std::size_t kMaxBytes = 16 * 1024;
  static constexpr std::size_t kMaxRanges = 64;  // pieces that do not touch

  explicit CryptoStream(MemoryPool& pool) noexcept : bytes_(pool, kMaxBytes) {}

  /// False: beyond the bounds, or no memory; the bytes are not there then.
  bool add(std::uint64_t offset, std::span<const std::uint8_t> bytes) noexcept;
  /// The bytes from the start without a hole.
  std::span<const std::uint8_t> contiguous() const noexcept;
  /// The first message's body once it is whole, else empty; `type` of it.
  std::span<const std::uint8_t> message(std::uint8_t& type) const noexcept;
  void reset() noexcept;

 private:
  struct Range {
    std::uint32_t begin, end;
  };
  bool note(Range added) noexcept;

  PooledBytes bytes_;
  std::array<Range, kMaxRanges> ranges_{};  // sorted, apart
  std::size_t num_ranges_ = 0;
};

}  // namespace sekisho::engines::quic
