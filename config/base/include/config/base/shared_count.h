#pragma once

#include <cstdint>

namespace sekisho {

/// A count that one thread raises and any thread reads: whole words, no locked instruction, no
/// order with anything else.
class SharedCount {
 public:
  constexpr SharedCount() noexcept = default;

  /// The owner only.
  SharedCount& operator+=(std::uint64_t more) noexcept {
    __atomic_store_n(&word_, word_ + more, __ATOMIC_RELAXED);
    return *this;
  }
  SharedCount& operator++() noexcept { return *this += 1; }

  /// Any thread.
  std::uint64_t get() const noexcept { return __atomic_load_n(&word_, __ATOMIC_RELAXED); }
  operator std::uint64_t() const noexcept { return get(); }

 private:
  std::uint64_t word_ = 0;
};

}  // namespace sekisho
