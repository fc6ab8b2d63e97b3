#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "config/base/result.h"
#include "config/events/event.h"

namespace sekisho::events {

/// A ring of EventRecords in shared memory: one worker writes, sekisho-control reads. It lives in a
/// file, so records outlive a crash of the reader. The writer never waits: a full ring counts the
/// loss. Trust: the reader's index is another process's word, so the writer only ever uses it
/// modulo the capacity and as "how much is free", never as an address.
struct alignas(64) EventRingHeader {
  std::atomic<std::uint64_t> written{0};           // writer only
  std::atomic<std::uint64_t> lost{0};              // writer only
  alignas(64) std::atomic<std::uint64_t> read{0};  // reader only
};

class EventRing {
 public:
  EventRing() = default;
  EventRing(EventRingHeader* header, EventRecord* records, std::size_t capacity) noexcept
      : header_(header), records_(records), mask_(capacity - 1) {}

  /// Writer: a place for the next record, or nullptr when the ring is full (counted as lost).
  EventRecord* reserve() noexcept {
    const auto at = header_->written.load(std::memory_order_relaxed);
    if (at - header_->read.load(std::memory_order_acquire) > mask_) {
      header_->lost.store(header_->lost.load(std::memory_order_relaxed) + 1,
                          std::memory_order_relaxed);
      return nullptr;
    }
    return &records_[at & mask_];
  }
  /// Writer: how many reserve() calls will find a place.
  std::uint64_t room() const noexcept {
    const auto unread = header_->written.load(std::memory_order_relaxed) -
                        header_->read.load(std::memory_order_acquire);
    return unread > mask_ ? 0 : mask_ + 1 - unread;
  }
  /// Writer: room for `count` records that belong together, slot(0) first; false when they do not
  /// fit (counted as one lost).
  bool reserve(std::size_t count) noexcept {
    if (room() >= count) return true;
    header_->lost.store(header_->lost.load(std::memory_order_relaxed) + 1,
                        std::memory_order_relaxed);
    return false;
  }
  EventRecord& slot(std::size_t i) noexcept {
    return records_[(header_->written.load(std::memory_order_relaxed) + i) & mask_];
  }
  /// Writer: publishes what was reserved.
  void commit(std::size_t count) noexcept {
    header_->written.store(header_->written.load(std::memory_order_relaxed) + count,
                           std::memory_order_release);
  }
  /// Writer: publishes the record that reserve() gave.
  void commit() noexcept {
    header_->written.store(header_->written.load(std::memory_order_relaxed) + 1,
                           std::memory_order_release);
  }

  /// Reader: copies up to out.size() records; they stay in the ring until consume(). The writer's
  /// index is only its word: when it cannot be true, the reader skips to it and gets nothing. What
  /// the records say is not checked.
  std::size_t peek(std::span<EventRecord> out) const noexcept;
  /// Reader: at most as many as are unread are given back to the writer.
  void consume(std::size_t count) noexcept;
  /// Writer, before its first reserve(): empties a ring whose indices a crash left impossible.
  void repair() noexcept;
  /// Reader: the position of the record that peek() gives first. Positions count records from the
  /// file's beginning.
  std::uint64_t position() const noexcept { return header_->read.load(std::memory_order_relaxed); }
  std::uint64_t lost() const noexcept { return header_->lost.load(std::memory_order_relaxed); }
  std::uint64_t written() const noexcept {
    return header_->written.load(std::memory_order_acquire);
  }

 private:
  EventRingHeader* header_ = nullptr;
  EventRecord* records_ = nullptr;
  std::uint64_t mask_ = 0;
};

inline constexpr std::size_t kMaxRingWorkers = 256;
inline constexpr std::size_t kMaxRingCapacity = std::size_t{1} << 20;

/// The file with the rings of all workers, mapped shared. Capacity is records a worker, a power of
/// two from 2. Its folder belongs to the dataplane's user and the reader's group: whoever may
/// truncate the file can stop both (SIGBUS), nobody else can.
class EventRingFile {
 public:
  /// The dataplane: opens `path` and keeps unread records when its shape fits and it was made since
  /// the machine started, else puts an empty file in its place. (On a disk, a power loss can take
  /// back indices and with them make positions mean other records.)
  static Result<EventRingFile> create(std::string_view path, std::size_t workers,
                                      std::size_t capacity);
  /// The reader: maps an existing file after checking its shape against its size.
  static Result<EventRingFile> open(std::string_view path);

  EventRingFile(EventRingFile&& other) noexcept;
  EventRingFile& operator=(EventRingFile&& other) noexcept;
  ~EventRingFile();

  std::size_t workers() const noexcept { return workers_; }
  /// Distinguishes runs of the dataplane: Unix time in ns at create(). 0: the file was replaced by
  /// one of another shape; read this one to its end, then open it again.
  std::uint64_t boot_id() const noexcept;
  /// Random, made with the file: (identity, ring, position) names a record for ever.
  std::uint64_t identity() const noexcept;
  EventRing ring(std::size_t worker) const noexcept;

 private:
  EventRingFile(void* base, std::size_t bytes, std::size_t workers, std::size_t capacity) noexcept
      : base_(base), bytes_(bytes), workers_(workers), capacity_(capacity) {}
  void* base_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t workers_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace sekisho::events
