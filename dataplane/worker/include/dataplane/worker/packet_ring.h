#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace sekisho::dataplane {

/// Copies of packets, each behind a `Record` about it, from one worker to one other thread.
/// Bounded: a full ring takes nothing. All memory is taken when it is made. `Record` has a member
/// `captured` for how many bytes of the packet follow it.
template <class Record>
class PacketRing {
  static_assert(std::is_trivially_copyable_v<Record>);

 public:
  PacketRing(std::size_t snap_bytes, std::size_t slots)
      : snap_bytes_(snap_bytes),
        stride_((sizeof(Record) + snap_bytes + 63) / 64 * 64),
        slots_(slots),
        bytes_(stride_ * slots) {}

  /// Worker. False when the ring was full.
  bool offer(Record record, std::span<const std::uint8_t> frame) noexcept {
    const auto at = written_.load(std::memory_order_relaxed);
    if (at - read_.load(std::memory_order_acquire) >= slots_) return false;
    record.captured = static_cast<std::uint32_t>(std::min(frame.size(), snap_bytes_));
    std::uint8_t* slot = &bytes_[(at % slots_) * stride_];
    std::memcpy(slot, &record, sizeof(record));
    if (record.captured != 0) std::memcpy(slot + sizeof(record), frame.data(), record.captured);
    written_.store(at + 1, std::memory_order_release);
    return true;
  }

  /// Reader. The oldest record and its bytes, valid until pop(); null when empty.
  const std::uint8_t* front(Record& record) const noexcept {
    const auto at = read_.load(std::memory_order_relaxed);
    if (at == written_.load(std::memory_order_acquire)) return nullptr;
    const std::uint8_t* slot = &bytes_[(at % slots_) * stride_];
    std::memcpy(&record, slot, sizeof(record));
    return slot + sizeof(record);
  }
  void pop() noexcept {
    read_.store(read_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  std::size_t snap_bytes_;
  std::size_t stride_;
  std::size_t slots_;
  std::vector<std::uint8_t> bytes_;
  alignas(64) std::atomic<std::uint64_t> written_{0};
  alignas(64) std::atomic<std::uint64_t> read_{0};
};

}  // namespace sekisho::dataplane
