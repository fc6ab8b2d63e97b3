#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "engines/memory/memory_pool.h"

namespace sekisho::engines {

/// Cuts the bytes of one direction into messages whose head tells their length. A message that lies
/// whole in the bytes given is handled where it is; only a split one is put together, up to
/// `max_kept` bytes: of a longer one the beginning is handled and the rest passed over.
class MessageFrames {
 public:
  static constexpr std::uint64_t kUnknown = 0;          // more bytes are needed to tell
  static constexpr std::uint64_t kBroken = UINT64_MAX;  // no message begins like that

  MessageFrames(MemoryPool& pool, std::size_t max_kept) noexcept : partial_(pool, max_kept) {}

  /// `measure(bytes)`: the whole length of the message that begins there, kUnknown or kBroken.
  /// `handle(bytes, length)`: one message; fewer bytes than `length` when cut; false: stop.
  /// False: broken, stopped, or no memory.
  template <class Measure, class Handle>
  bool feed(std::span<const std::uint8_t> bytes, const Measure& measure,
            const Handle& handle) noexcept {
    while (!bytes.empty()) {
      if (left_ > 0 && partial_.empty()) {
        bytes = bytes.subspan(pass_over(bytes.size()));
      } else if (!partial_.empty()) {
        if (!go_on(bytes, measure, handle)) return false;
      } else if (!begin(bytes, measure, handle)) {
        return false;
      }
    }
    return true;
  }

  /// Nothing more comes: of a split message what there is is handled, with its whole length, or
  /// kUnknown.
  template <class Handle>
  void finish(const Handle& handle) noexcept {
    if (partial_.empty()) return;
    handle(partial_.view(), length_);
    partial_.reset();
    length_ = kUnknown;
    left_ = 0;
  }

  /// `count` bytes are missing. False: it is not known where the next message begins.
  bool gap(std::uint64_t count) noexcept {
    if (left_ == 0 || count > left_) return false;
    left_ -= count;
    partial_.reset();
    return true;
  }

 private:
  std::size_t pass_over(std::size_t available) noexcept {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, available));
    left_ -= count;
    return count;
  }

  template <class Measure, class Handle>
  bool begin(std::span<const std::uint8_t>& bytes, const Measure& measure,
             const Handle& handle) noexcept {
    const std::uint64_t length = measure(bytes);
    if (length == kBroken) return false;
    const auto whole = bytes;
    if (length != kUnknown && length <= whole.size()) {
      bytes = bytes.subspan(static_cast<std::size_t>(length));
      return handle(whole.first(static_cast<std::size_t>(length)), length);
    }
    const auto kept = partial_.append_some(whole);
    bytes = bytes.subspan(kept);
    if (kept == 0 || (length == kUnknown && kept < whole.size())) return false;
    length_ = length;
    left_ = length == kUnknown ? 0 : length - kept;
    return hand_over_when_full(handle);
  }

  template <class Measure, class Handle>
  bool go_on(std::span<const std::uint8_t>& bytes, const Measure& measure,
             const Handle& handle) noexcept {
    if (length_ == kUnknown) {
      if (!partial_.append(bytes.first(1))) return false;
      bytes = bytes.subspan(1);
      length_ = measure(partial_.view());
      if (length_ == kBroken) return false;
      if (length_ == kUnknown) return true;
      left_ = length_ - std::min<std::uint64_t>(length_, partial_.size());
    } else {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      const auto kept = partial_.append_some(bytes.first(wanted));
      if (kept == 0) return false;
      bytes = bytes.subspan(kept);
      left_ -= kept;
    }
    return hand_over_when_full(handle);
  }

  template <class Handle>
  bool hand_over_when_full(const Handle& handle) noexcept {
    const bool full = partial_.size() == partial_.max_size();
    if (length_ == kUnknown || (left_ > 0 && !full)) return true;
    const bool go_on = handle(partial_.view(), length_);
    partial_.reset();
    length_ = kUnknown;
    return go_on;
  }

  PooledBytes partial_;       // the beginning of a split message
  std::uint64_t length_ = 0;  // of the message in partial_
  std::uint64_t left_ = 0;    // of the present message, not yet seen
};

}  // namespace sekisho::engines
