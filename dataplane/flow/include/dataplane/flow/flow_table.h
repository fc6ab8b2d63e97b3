#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "config/base/result.h"
#include "dataplane/flow/flow.h"

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
/// waits after create().
class FlowTable {
 public:
  static Result<FlowTable> create(std::uint32_t capacity, const FlowTimeouts& timeouts);
  FlowTable(FlowTable&&) noexcept;
  FlowTable& operator=(FlowTable&&) noexcept;
  ~FlowTable();

  /// Hash of a key under this table's secret.
  std::uint32_t hash(const FlowKey& key) const noexcept;

  /// Finds up to 64 flows at once, overlapping their cache misses. `keys[i]` null: skipped, result
  /// null.
  void find(std::span<const FlowKey* const> keys, std::span<Flow*> out) noexcept;
  Flow* find(const FlowKey& key) noexcept;

  /// A fresh record for `key`, which must not be present; on the half-open list, in_use, last_ns =
  /// start_ns = now. When full the oldest half-open flow makes room, else the one nearest its
  /// timeout; `on_end` sees the victim. null: nothing could give way.
  template <class OnEnd>
  Flow* insert(const FlowKey& key, std::uint64_t now_ns, OnEnd&& on_end) noexcept;

  /// The flow was answered: from the half-open list to the wheel, with `timeout_s`.
  void promote(Flow& flow, std::uint32_t timeout_s) noexcept;
  /// A new idle timeout counted from its last packet.
  void set_timeout(Flow& flow, std::uint32_t timeout_s) noexcept;
  void erase(Flow& flow) noexcept;

  /// Ends flows whose time is over; looks at no more than `budget` records a call.
  template <class OnEnd>
  void expire(std::uint64_t now_ns, std::size_t budget, OnEnd&& on_end) noexcept;

  std::uint32_t size() const noexcept;
  std::uint32_t capacity() const noexcept;
  std::size_t memory_bytes() const noexcept;
  const FlowTimeouts& timeouts() const noexcept;

  /// Record i in [0, capacity()); in_use tells whether it is a flow. For listing in slices by the
  /// owner.
  Flow& at(std::uint32_t i) noexcept;
};

}  // namespace sekisho::dataplane
