#include "scattered_file.h"

#include <algorithm>
#include <utility>

namespace sekisho::engines {

bool ScatteredFile::begin_part(std::uint64_t offset) noexcept {
  at_ = offset;
  keeping_ = false;
  return offset >= next_;
}

void ScatteredFile::append(std::span<const std::uint8_t> bytes, FileSink& sink) noexcept {
  if (at_ < next_) {
    const auto known = std::min<std::uint64_t>(next_ - at_, bytes.size());
    bytes = bytes.subspan(static_cast<std::size_t>(known));
    at_ += known;
  }
  if (bytes.empty()) return;
  const bool looked_at = depth_ == 0 || next_ < depth_;
  if (at_ > next_ && looked_at) {
    if (keep(bytes)) return;
    take_all(sink);
  }
  if (at_ > next_) {  // what is before it is not waited for any longer
    if (looked_at) stream_.mark_gap();
    next_ = at_;
  }
  const auto known = std::min<std::uint64_t>(next_ - at_, bytes.size());
  at_ += bytes.size();
  next_ = std::max(next_, at_);
  stream_.append(bytes.subspan(static_cast<std::size_t>(known)), sink);
}

/// False: no room; the part was not kept.
bool ScatteredFile::keep(std::span<const std::uint8_t> bytes) noexcept {
  if (bytes.size() > kMaxWaitingBytes - waiting_bytes_) return false;
  if (!keeping_) {
    if (num_waiting_ == kMaxWaiting) return false;
    auto made = make_pooled<Waiting>(pool_, pool_);
    if (made == nullptr) return false;
    made->offset = at_;
    waiting_[num_waiting_++] = std::move(made);
    keeping_ = true;
  }
  if (!waiting_[num_waiting_ - 1]->bytes.append(bytes)) return false;
  waiting_bytes_ += bytes.size();
  at_ += bytes.size();
  return true;
}

void ScatteredFile::lose(std::uint64_t count) noexcept {
  stream_.mark_gap();
  at_ = count > UINT64_MAX - at_ ? UINT64_MAX : at_ + count;
  if (!keeping_) next_ = std::max(next_, at_);
  keeping_ = false;
}

std::size_t ScatteredFile::first_waiting() const noexcept {
  std::size_t first = 0;
  for (std::size_t i = 1; i < num_waiting_; ++i)
    if (waiting_[i]->offset < waiting_[first]->offset) first = i;
  return first;
}

/// Tells of a part that waited, as far as it is new.
void ScatteredFile::take_waiting(std::size_t index, FileSink& sink) noexcept {
  const auto part = std::move(waiting_[index]);
  std::move(waiting_.begin() + static_cast<std::ptrdiff_t>(index) + 1,
            waiting_.begin() + static_cast<std::ptrdiff_t>(num_waiting_),
            waiting_.begin() + static_cast<std::ptrdiff_t>(index));
  --num_waiting_;
  waiting_bytes_ -= part->bytes.size();
  if (part->offset > next_) {
    stream_.mark_gap();
    next_ = part->offset;
  }
  const auto bytes = part->bytes.view();
  const auto known = std::min<std::uint64_t>(next_ - part->offset, bytes.size());
  const auto fresh = bytes.subspan(static_cast<std::size_t>(known));
  next_ += fresh.size();
  stream_.append(fresh, sink);
}

void ScatteredFile::take_all(FileSink& sink) noexcept {
  while (num_waiting_ != 0) take_waiting(first_waiting(), sink);
  keeping_ = false;
}

void ScatteredFile::end_part(FileSink& sink) noexcept {
  keeping_ = false;
  while (num_waiting_ != 0) {
    const auto first = first_waiting();
    if (waiting_[first]->offset > next_) break;
    take_waiting(first, sink);
  }
  stream_.report(sink);
}

void ScatteredFile::finish(FileSink& sink, bool truncated) noexcept {
  take_all(sink);
  stream_.finish(sink, truncated);
}

}  // namespace sekisho::engines
