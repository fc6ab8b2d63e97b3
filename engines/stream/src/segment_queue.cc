#include "engines/stream/segment_queue.h"

#include <algorithm>
#include <cstring>

#include "engines/stream/sequence.h"

namespace sekisho::engines::stream {
namespace {

std::span<const std::uint8_t> part(const SegmentQueue::Piece& piece, std::uint32_t from,
                                   std::uint32_t to) noexcept {
  return piece.bytes.subspan(from - piece.sequence, to - from);
}

std::uint32_t end_of(const SegmentQueue::Piece& piece) noexcept {
  return piece.sequence + static_cast<std::uint32_t>(piece.bytes.size());
}

}  // namespace

/// The last segment that begins at or before `sequence`; null: none does.
SegmentQueue::Segment* SegmentQueue::last_not_after(std::uint32_t sequence) noexcept {
  Segment* at = hint_ != nullptr && !after(hint_->sequence, sequence) ? hint_ : front_;
  if (at == nullptr || after(at->sequence, sequence)) return nullptr;
  while (at->next != nullptr && !after(at->next->sequence, sequence)) at = at->next;
  return at;
}

bool SegmentQueue::differs(const Piece& piece) noexcept {
  if (front_ == nullptr) return false;
  Segment* at = last_not_after(piece.sequence);
  if (at == nullptr) at = front_;
  const std::uint32_t end = end_of(piece);
  for (; at != nullptr && before(at->sequence, end); at = at->next) {
    const auto from = later(at->sequence, piece.sequence);
    const auto to = earlier(at->end(), end);
    if (!before(from, to)) continue;
    if (std::memcmp(at->data() + (from - at->sequence), part(piece, from, to).data(), to - from) !=
        0)
      return true;
  }
  return false;
}

SegmentQueue::Segment* SegmentQueue::copy_of(MemoryPool& pool, const Piece& whole,
                                             std::uint32_t from, std::uint32_t to) noexcept {
  const std::size_t bytes = sizeof(Segment) + (to - from);
  void* const block = pool.allocate(bytes);
  if (block == nullptr) return nullptr;
  auto* const segment = ::new (block) Segment;
  segment->sequence = from;
  segment->size = to - from;
  segment->block_bytes = static_cast<std::uint32_t>(bytes);
  segment->original_begin = whole.sequence;
  segment->original_end = end_of(whole);
  const std::uint32_t skipped = from - whole.sequence;
  if (whole.urgent != kNoUrgent && whole.urgent >= skipped && whole.urgent - skipped < to - from)
    segment->urgent = whole.urgent - skipped;
  std::memcpy(segment->data(), part(whole, from, to).data(), to - from);
  return segment;
}

SegmentQueue::Inserted SegmentQueue::insert(MemoryPool& pool, const Piece& piece,
                                            OverlapPolicy policy, const Limits& limits) noexcept {
  if (bytes_ + piece.bytes.size() > limits.bytes) return Inserted::full;
  Segment* const where = last_not_after(piece.sequence);
  Segment* fresh = nullptr;
  Segment** fresh_end = &fresh;
  std::uint32_t count = 0;
  auto outcome = Inserted::yes;
  std::uint32_t from = piece.sequence;
  const std::uint32_t end = end_of(piece);
  for (Segment* at = where != nullptr ? where : front_; before(from, end);) {
    while (at != nullptr && !after(at->end(), from)) at = at->next;
    const std::uint32_t to = at == nullptr ? end : earlier(later(at->sequence, from), end);
    if (before(from, to)) {
      if (segments_ + ++count > limits.segments) {
        outcome = Inserted::full;
        break;
      }
      *fresh_end = copy_of(pool, piece, from, to);
      if (*fresh_end == nullptr) {
        outcome = Inserted::no_memory;
        break;
      }
      fresh_end = &(*fresh_end)->next;
    }
    from = at == nullptr ? end : later(at->end(), from);
  }
  if (outcome != Inserted::yes) {
    while (fresh != nullptr) {
      Segment* const gone = fresh;
      fresh = fresh->next;
      pool.release(gone, gone->block_bytes);
    }
    return outcome;
  }
  merge(fresh, where, piece, policy);
  return outcome;
}

/// Puts `fresh` (in order, where the queue has nothing) behind `where`, and overwrites what is
/// there already as far as the policy says so.
void SegmentQueue::merge(Segment* fresh, Segment* where, const Piece& piece,
                         OverlapPolicy policy) noexcept {
  const std::uint32_t end = end_of(piece);
  for (Segment* at = where != nullptr ? where : front_;
       policy != OverlapPolicy::first && at != nullptr && before(at->sequence, end);
       at = at->next) {
    const auto from = later(at->sequence, piece.sequence);
    const auto to = earlier(at->end(), end);
    if (!before(from, to)) continue;
    const Overlap overlap{distance(at->original_begin, piece.sequence),
                          distance(at->original_begin, end),
                          distance(at->original_begin, at->original_end)};
    if (!later_one_counts(policy, overlap)) continue;
    std::memcpy(at->data() + (from - at->sequence), part(piece, from, to).data(), to - from);
    if (from == at->sequence && to == at->end()) {
      at->original_begin = piece.sequence;
      at->original_end = end;
    }
  }
  Segment** link = where != nullptr ? &where->next : &front_;
  while (fresh != nullptr) {
    while (*link != nullptr && before((*link)->sequence, fresh->sequence)) link = &(*link)->next;
    Segment* const rest = fresh->next;
    fresh->next = *link;
    *link = fresh;
    link = &fresh->next;
    hint_ = fresh;
    bytes_ += fresh->size;
    ++segments_;
    fresh = rest;
  }
}

void SegmentQueue::take_front(MemoryPool& pool, std::uint32_t count) noexcept {
  Segment* const segment = front_;
  bytes_ -= count;
  if (count < segment->size) {
    segment->sequence += count;
    segment->size -= count;
    segment->begin += count;
    if (segment->urgent != kNoUrgent)
      segment->urgent = segment->urgent >= count ? segment->urgent - count : kNoUrgent;
    return;
  }
  front_ = segment->next;
  if (hint_ == segment) hint_ = nullptr;
  --segments_;
  pool.release(segment, segment->block_bytes);
}

std::uint32_t SegmentQueue::end() const noexcept {
  const Segment* at = hint_ != nullptr ? hint_ : front_;
  while (at->next != nullptr) at = at->next;
  return at->end();
}

void SegmentQueue::clear(MemoryPool& pool) noexcept {
  while (front_ != nullptr) take_front(pool, front_->size);
}

}  // namespace sekisho::engines::stream
