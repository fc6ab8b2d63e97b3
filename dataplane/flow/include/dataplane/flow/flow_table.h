#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "config/base/huge_memory.h"
#include "config/base/result.h"
#include "dataplane/flow/flow.h"
#include "dataplane/flow/keyed_hash.h"

namespace sekisho::dataplane {

/// Idle timeouts in seconds, by what a flow is.
struct FlowTimeouts {
  std::uint32_t tcp_half_open = 30;
  std::uint32_t tcp_established = 3600;
  std::uint32_t tcp_closing = 60;
  std::uint32_t tcp_closed = 10;
  std::uint32_t udp_unanswered = 30;
  std::uint32_t udp_answered = 180;
  std::uint32_t icmp = 30;
  std::uint32_t other = 600;
};

/// The flows of one worker. Fixed capacity, all memory taken at creation (huge pages when the
/// kernel grants them). Not thread-safe: one worker owns it. Nothing here allocates, throws or
/// waits after create(), and every call but find() of many takes constant time.
///
/// Index: buckets of one cache line, each 7 signatures and 7 record numbers. A key lives in its
/// first bucket, or, when that is full, in its second; the first counts how many it sent away, so
/// that a lookup sees one bucket unless keys did overflow.
///
/// Time: a fresh flow waits in a queue of its kind (TCP, UDP, ICMP, other), an answered one on a
/// wheel of 4,096 one-second slots. Packets only write Flow::last_ns; who is visited before its
/// time is queued again. So a flow ends never before its idle timeout, and after it by at most a
/// second on the wheel, by at most the timeout once more in a queue.
class FlowTable {
 public:
  static constexpr std::uint32_t kMaxCapacity = 1U << 26;
  static constexpr std::size_t kMaxBulk = 64;

  /// `capacity` 1..kMaxCapacity flows; invalid_input outside, resource without memory.
  static Result<FlowTable> create(std::uint32_t capacity, const FlowTimeouts& timeouts);
  FlowTable(FlowTable&&) noexcept;
  FlowTable& operator=(FlowTable&&) noexcept;
  ~FlowTable();

  /// Hash of a key under this table's secret.
  std::uint32_t hash(const FlowKey& key) const noexcept;

  /// Finds up to kMaxBulk flows at once, overlapping their cache misses; `out` has the size of
  /// `keys`. `keys[i]` null: skipped, result null.
  void find(std::span<const FlowKey* const> keys, std::span<Flow*> out) noexcept;
  Flow* find(const FlowKey& key) noexcept;

  /// A fresh record for `key`, which must not be present; in a half-open queue, in_use, last_ns =
  /// start_ns = now, with the idle timeout of an unanswered flow of its protocol. When full the
  /// oldest half-open flow makes room, else the one nearest its timeout; `on_end(Flow&)` sees the
  /// victim and must not call the table. null: nothing could give way.
  template <class OnEnd>
  Flow* insert(const FlowKey& key, std::uint64_t now_ns, OnEnd&& on_end) noexcept {
    if (size_ == capacity_) {
      Flow* const victim = choose_victim();
      if (victim == nullptr) return nullptr;
      on_end(*victim);
      erase(*victim);
    }
    return insert_free(key, now_ns);
  }

  /// The flow was answered: from the half-open queue to the wheel, with `timeout_s`.
  void promote(Flow& flow, std::uint32_t timeout_s) noexcept;
  /// A new idle timeout counted from its last packet. A half-open flow given another timeout than
  /// its queue's leaves the queue for the wheel.
  void set_timeout(Flow& flow, std::uint32_t timeout_s) noexcept;
  void erase(Flow& flow) noexcept;

  /// Ends flows whose time is over; visits no more than `budget` records a call (besides the heads
  /// of the queues) and goes on there with the next. `on_end(Flow&)` sees each and must not call
  /// the table.
  template <class OnEnd>
  void expire(std::uint64_t now_ns, std::size_t budget, OnEnd&& on_end) noexcept {
    begin_expiry(now_ns);
    while (Flow* const flow = next_idle(now_ns, budget)) {
      on_end(*flow);
      erase(*flow);
    }
  }

  std::uint32_t size() const noexcept { return size_; }
  std::uint32_t capacity() const noexcept { return capacity_; }
  /// No record from here on was ever a flow.
  std::uint32_t high_water() const noexcept { return touched_; }
  std::size_t memory_bytes() const noexcept { return memory_.size_bytes(); }
  const FlowTimeouts& timeouts() const noexcept { return timeouts_; }

  FlowIndex index_of(const Flow& flow) const noexcept {
    return static_cast<FlowIndex>(&flow - records_);
  }
  /// Record i in [0, capacity()); in_use tells whether it is a flow. For listing in slices by the
  /// owner.
  Flow& at(std::uint32_t i) noexcept { return records_[i]; }

 private:
  struct Bucket;
  struct Place {
    std::uint32_t first;   // bucket
    std::uint32_t second;  // bucket, another one
    std::uint32_t signature;
  };
  struct Queue {
    FlowIndex head = kNoFlow;
    FlowIndex tail = kNoFlow;
    std::uint32_t timeout_s = 0;
  };
  static constexpr std::uint32_t kWheelSlots = 4096;
  static constexpr std::uint32_t kQueues = 4;

  FlowTable(HugeMemory memory, const KeyedHash& hash, std::uint32_t capacity, std::uint32_t buckets,
            const FlowTimeouts& timeouts) noexcept;

  // the index (flow_table.cc)
  Place place_of(std::uint64_t hash) const noexcept;
  Flow* find_in(const Bucket& bucket, std::uint32_t signature, const FlowKey& key) const noexcept;
  bool index_insert(const Place& place, FlowIndex record) noexcept;
  bool displace_one(std::uint32_t bucket) noexcept;
  void index_erase(const Place& place, FlowIndex record) noexcept;
  Flow* insert_free(const FlowKey& key, std::uint64_t now_ns) noexcept;

  // time (flow_wheel.cc)
  void begin_expiry(std::uint64_t now_ns) noexcept;
  Flow* next_idle(std::uint64_t now_ns, std::size_t& budget) noexcept;
  Flow* next_idle_in_queues(std::uint64_t now_ns, std::size_t& budget) noexcept;
  Flow* next_idle_on_wheel(std::uint64_t now_ns, std::size_t& budget) noexcept;
  Flow* choose_victim() noexcept;
  Flow* victim_from_queues() noexcept;
  Flow* victim_from_wheel() noexcept;
  std::uint32_t nearest_slot() const noexcept;
  void enqueue(Flow& flow, std::uint32_t second) noexcept;
  void arm(Flow& flow) noexcept;
  void unlink(Flow& flow) noexcept;

  HugeMemory memory_;
  KeyedHash hash_;
  FlowTimeouts timeouts_;
  Flow* records_ = nullptr;     // capacity_, then the buckets, then the wheel, all in memory_
  Bucket* buckets_ = nullptr;   // bucket_mask_ + 1
  FlowIndex* wheel_ = nullptr;  // first flow of each slot
  std::uint32_t capacity_ = 0;
  std::uint32_t bucket_mask_ = 0;
  std::uint32_t size_ = 0;
  std::uint32_t touched_ = 0;  // records from here on were never used
  FlowIndex free_ = kNoFlow;   // list by link_next of those used before
  std::array<Queue, kQueues> queues_{};
  std::array<std::uint64_t, kWheelSlots / 64> occupied_{};  // bit per wheel slot
  std::uint64_t wheel_s_ = 0;                               // the second whose slot is visited next
  std::uint32_t turn_ = 0;  // of expire(): who begins spending the budget
};

}  // namespace sekisho::dataplane
