#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "engines/protocols/parser.h"

namespace sekisho::engines {

/// Sets the stage, if it is a further one, and tells.
inline void reach(Transaction& transaction, Direction direction, std::uint8_t stage,
                  ProtocolEvents& events) noexcept {
  if (transaction.stage(direction) >= stage) return;
  transaction.set_stage(direction, stage);
  events.stage_reached(transaction, direction);
}

/// Open transactions of a conversation, oldest first; beyond kMax the oldest ends. T is made with
/// its id and the pool; its log(events) says that its record is due.
template <class T, std::size_t kMax>
class Exchanges {
 public:
  explicit Exchanges(MemoryPool& pool) noexcept : pool_(pool) {}

  /// Null: no memory.
  T* open(ProtocolEvents& events) noexcept {
    if (count_ == kMax) finish(*open_[0], events);
    auto made = make_pooled<T>(pool_, next_id_, pool_);
    if (made == nullptr) return nullptr;
    ++next_id_;
    open_[count_] = std::move(made);
    return open_[count_++].get();
  }
  /// The newest that fits.
  template <class Fits>
  T* find(Fits fits) noexcept {
    for (std::size_t i = count_; i-- > 0;)
      if (fits(std::as_const(*open_[i]))) return open_[i].get();
    return nullptr;
  }
  template <class Fits>
  T* find_oldest(Fits fits) noexcept {
    for (std::size_t i = 0; i < count_; ++i)
      if (fits(std::as_const(*open_[i]))) return open_[i].get();
    return nullptr;
  }
  /// Both directions are over: told, logged, gone.
  void finish(T& transaction, ProtocolEvents& events) noexcept {
    reach(transaction, Direction::to_server, kStageEnd, events);
    reach(transaction, Direction::to_client, kStageEnd, events);
    transaction.log(events);
    events.ended(transaction);
    const auto end = open_.begin() + static_cast<std::ptrdiff_t>(count_);
    const auto found = std::find_if(open_.begin(), end,
                                    [&](const auto& one) { return one.get() == &transaction; });
    std::move(found + 1, end, found);
    open_[--count_].reset();
  }
  void finish_all(ProtocolEvents& events) noexcept {
    while (count_ != 0) finish(*open_[0], events);
  }
  T* oldest() noexcept { return count_ == 0 ? nullptr : open_[0].get(); }
  T* newest() noexcept { return count_ == 0 ? nullptr : open_[count_ - 1].get(); }
  std::size_t size() const noexcept { return count_; }

 private:
  MemoryPool& pool_;
  std::array<Pooled<T>, kMax> open_;
  std::size_t count_ = 0;
  std::uint64_t next_id_ = 0;
};

}  // namespace sekisho::engines
