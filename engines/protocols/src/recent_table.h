#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "engines/memory/memory_pool.h"

namespace sekisho::engines {

/// A table of bounded size; a further entry takes the oldest's place.
template <class T, std::size_t kMax>
class RecentTable {
 public:
  template <class Fits>
  T* find(Fits fits) noexcept {
    for (std::size_t i = count_; i-- > 0;)
      if (fits(*entries_[i])) return entries_[i].get();
    return nullptr;
  }
  bool is_full() const noexcept { return count_ == kMax; }
  T& oldest() noexcept { return *entries_[0]; }
  T* add(Pooled<T> made) noexcept {
    if (made == nullptr) return nullptr;
    if (count_ == kMax) remove(*entries_[0]);
    entries_[count_] = std::move(made);
    return entries_[count_++].get();
  }
  void remove(const T& entry) noexcept {
    const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(count_);
    const auto found =
        std::find_if(entries_.begin(), end, [&](const auto& one) { return one.get() == &entry; });
    if (found == end) return;
    std::move(found + 1, end, found);
    entries_[--count_].reset();
  }

 private:
  std::array<Pooled<T>, kMax> entries_;
  std::size_t count_ = 0;
};

}  // namespace sekisho::engines
