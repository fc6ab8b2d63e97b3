#pragma once

#include <algorithm>

#include "engines/memory/memory_pool.h"
#include "engines/protocols/transaction.h"

namespace sekisho::engines::http1 {

/// The newest bytes of a growing value, contiguous, in the pool. The owner reports what is fresh
/// before it asks for more room than is left: then the oldest bytes go.
class BodyWindow {
 public:
  static constexpr std::size_t kBytes = 16 * 1024;
  /// Stays when the window moves on, so that patterns across the border are seen.
  static constexpr std::size_t kKept = 8 * 1024;
  static constexpr std::size_t kFirst = 1024;

  explicit BodyWindow(MemoryPool& pool) noexcept : bytes_(pool, kBytes) {}

  bool full() const noexcept { return bytes_.size() == kBytes; }
  /// Room for at most `wanted`; empty when full, or the pool refuses.
  std::span<std::uint8_t> room(std::size_t wanted) noexcept {
    return bytes_.prepare(std::min(kBytes - bytes_.size(), wanted));
  }
  void wrote(std::size_t count) noexcept {
    bytes_.commit(count);
    fresh_ += count;
    total_ += count;
  }
  /// Fresh bytes were reported; makes room when there is none.
  void reported() noexcept {
    fresh_ = 0;
    if (full()) bytes_.erase_front(kBytes - kKept);
  }
  /// `count` bytes are missing: what follows does not continue what is here.
  void gap(std::uint64_t count) noexcept {
    total_ += count;
    fresh_ = 0;
    bytes_.clear();
  }
  void complete() noexcept { complete_ = true; }
  bool is_complete() const noexcept { return complete_; }
  void release() noexcept { bytes_.reset(); }

  std::size_t fresh() const noexcept { return fresh_; }
  std::uint64_t total() const noexcept { return total_; }
  std::span<const std::uint8_t> fresh_bytes() const noexcept { return bytes_.view().last(fresh_); }
  BodyView view() const noexcept {
    return {bytes_.view(), total_ - bytes_.size(), fresh_, complete_};
  }

 private:
  PooledBytes bytes_;
  std::uint64_t total_ = 0;  // bytes ever, gaps included
  std::size_t fresh_ = 0;
  bool complete_ = false;
};

}  // namespace sekisho::engines::http1
