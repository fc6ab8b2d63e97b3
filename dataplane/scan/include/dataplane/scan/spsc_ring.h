#pragma once

#include <array>
#include <atomic>
#include <cstddef>

namespace sekisho::dataplane {

/// One writer, one reader, neither waits. `kSize`: a power of two.
template <class T, std::size_t kSize>
class SpscRing {
 public:
  /// False: it is full.
  bool put(const T& value) noexcept {
    const auto at = written_.load(std::memory_order_relaxed);
    if (at - read_.load(std::memory_order_acquire) == kSize) return false;
    values_[at % kSize] = value;
    written_.store(at + 1, std::memory_order_release);
    return true;
  }
  /// False: it is empty.
  bool take(T& value) noexcept {
    const auto at = read_.load(std::memory_order_relaxed);
    if (written_.load(std::memory_order_acquire) == at) return false;
    value = values_[at % kSize];
    read_.store(at + 1, std::memory_order_release);
    return true;
  }

 private:
  static_assert((kSize & (kSize - 1)) == 0);
  alignas(64) std::atomic<std::size_t> written_{0};  // by the writer
  alignas(64) std::atomic<std::size_t> read_{0};     // by the reader
  std::array<T, kSize> values_{};
};

}  // namespace sekisho::dataplane
