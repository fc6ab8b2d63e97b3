#include "config/events/event_ring.h"

#include <algorithm>
#include <cstring>

namespace sekisho::events {

std::size_t EventRing::peek(std::span<EventRecord> out) const noexcept {
  const auto written = header_->written.load(std::memory_order_acquire);
  const auto read = header_->read.load(std::memory_order_relaxed);
  const auto unread = written - read;
  if (unread > mask_ + 1) {  // no honest writer gets here: what lies between is not records
    header_->read.store(written, std::memory_order_release);
    return 0;
  }
  const auto count = std::min<std::uint64_t>(unread, out.size());
  const auto start = read & mask_;
  const auto until_wrap = std::min<std::uint64_t>(count, mask_ + 1 - start);
  if (count == 0) return 0;
  std::memcpy(out.data(), records_ + start, until_wrap * sizeof(EventRecord));
  if (count > until_wrap)
    std::memcpy(out.data() + until_wrap, records_, (count - until_wrap) * sizeof(EventRecord));
  return count;
}

void EventRing::consume(std::size_t count) noexcept {
  const auto read = header_->read.load(std::memory_order_relaxed);
  const auto unread = header_->written.load(std::memory_order_acquire) - read;
  if (unread > mask_ + 1) return;  // peek() resynchronises
  header_->read.store(read + std::min<std::uint64_t>(count, unread), std::memory_order_release);
}

void EventRing::repair() noexcept {
  const auto written = header_->written.load(std::memory_order_relaxed);
  if (written - header_->read.load(std::memory_order_acquire) > mask_ + 1)
    header_->read.store(written, std::memory_order_release);
}

}  // namespace sekisho::events
