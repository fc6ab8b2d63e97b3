// FlowTable's clockwork: half-open queues, timing wheel, and who gives way when the table is full.
#include <algorithm>
#include <bit>

#include "dataplane/flow/flow_table.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;

/// How many flows a search for a victim may look at before it takes the best of them.
constexpr unsigned kVictimLooks = 8;

std::uint64_t deadline_ns(const Flow& flow) noexcept {
  return flow.last_ns + flow.timeout_s * kSecondNs;
}

bool idle(const Flow& flow, std::uint64_t now_ns) noexcept { return deadline_ns(flow) <= now_ns; }

}  // namespace

void FlowTable::promote(Flow& flow, std::uint32_t timeout_s) noexcept {
  flow.half_open = false;
  if (!flow.in_half_open_list) return set_timeout(flow, timeout_s);
  unlink(flow);
  flow.timeout_s = timeout_s;
  arm(flow);
}

void FlowTable::set_timeout(Flow& flow, std::uint32_t timeout_s) noexcept {
  if (flow.timeout_s == timeout_s) return;
  flow.timeout_s = timeout_s;
  // Only a shorter timeout moves the flow: the slot's visit would come too late. A longer one is
  // found out when the old slot is visited.
  if (!flow.in_half_open_list && deadline_ns(flow) / kSecondNs + 1 >= flow.armed_s) return;
  unlink(flow);
  arm(flow);
}

void FlowTable::enqueue(Flow& flow, std::uint32_t second) noexcept {
  Queue& queue = queues_[flow.half_open_list];
  flow.in_half_open_list = true;
  flow.armed_s = second;
  flow.link_next = kNoFlow;
  flow.link_previous = queue.tail;
  (queue.tail == kNoFlow ? queue.head : records_[queue.tail].link_next) = index_of(flow);
  queue.tail = index_of(flow);
}

/// Into the slot of the first second by whose beginning the flow is idle, or the wheel's last one
/// when that is further away.
void FlowTable::arm(Flow& flow) noexcept {
  const std::uint64_t second =
      std::clamp(deadline_ns(flow) / kSecondNs + 1, wheel_s_, wheel_s_ + kWheelSlots - 1);
  const auto slot = static_cast<std::uint32_t>(second % kWheelSlots);
  flow.in_half_open_list = false;
  flow.armed_s = static_cast<std::uint32_t>(second);
  flow.link_previous = kNoFlow;
  flow.link_next = wheel_[slot];
  if (flow.link_next != kNoFlow) records_[flow.link_next].link_previous = index_of(flow);
  wheel_[slot] = index_of(flow);
  occupied_[slot / 64] |= std::uint64_t{1} << slot % 64;
}

void FlowTable::unlink(Flow& flow) noexcept {
  if (flow.link_next != kNoFlow) records_[flow.link_next].link_previous = flow.link_previous;
  if (flow.link_previous != kNoFlow) records_[flow.link_previous].link_next = flow.link_next;
  if (flow.in_half_open_list) {
    Queue& queue = queues_[flow.half_open_list];
    if (flow.link_previous == kNoFlow) queue.head = flow.link_next;
    if (flow.link_next == kNoFlow) queue.tail = flow.link_previous;
  } else if (flow.link_previous == kNoFlow) {
    const std::uint32_t slot = flow.armed_s % kWheelSlots;
    wheel_[slot] = flow.link_next;
    if (flow.link_next == kNoFlow) occupied_[slot / 64] &= ~(std::uint64_t{1} << slot % 64);
  }
}

void FlowTable::begin_expiry(std::uint64_t now_ns) noexcept {
  // After a jump of the clock one turn of the wheel visits everything there is.
  const std::uint64_t now_s = now_ns / kSecondNs;
  if (now_s >= kWheelSlots) wheel_s_ = std::max(wheel_s_, now_s - (kWheelSlots - 1));
  ++turn_;
}

/// Queues and wheel take turns at the budget: a flood that fills the one must not stop the other.
Flow* FlowTable::next_idle(std::uint64_t now_ns, std::size_t& budget) noexcept {
  const bool wheel_first = turn_ % 2 == 0;
  Flow* const flow =
      wheel_first ? next_idle_on_wheel(now_ns, budget) : next_idle_in_queues(now_ns, budget);
  if (flow != nullptr) return flow;
  return wheel_first ? next_idle_in_queues(now_ns, budget) : next_idle_on_wheel(now_ns, budget);
}

Flow* FlowTable::next_idle_in_queues(std::uint64_t now_ns, std::size_t& budget) noexcept {
  const std::uint64_t now_s = now_ns / kSecondNs;
  for (std::uint32_t i = 0; i < kQueues; ++i) {
    Queue& queue = queues_[(turn_ / 2 + i) % kQueues];
    while (queue.head != kNoFlow) {
      Flow& flow = records_[queue.head];
      if (std::uint64_t{flow.armed_s} + queue.timeout_s >= now_s) break;
      if (budget == 0) return nullptr;
      --budget;
      if (idle(flow, now_ns)) return &flow;
      unlink(flow);
      enqueue(flow, static_cast<std::uint32_t>(now_s));
    }
  }
  return nullptr;
}

Flow* FlowTable::next_idle_on_wheel(std::uint64_t now_ns, std::size_t& budget) noexcept {
  for (const std::uint64_t now_s = now_ns / kSecondNs; wheel_s_ <= now_s; ++wheel_s_) {
    const FlowIndex& head = wheel_[wheel_s_ % kWheelSlots];
    while (head != kNoFlow) {
      if (budget == 0) return nullptr;
      --budget;
      Flow& flow = records_[head];
      if (idle(flow, now_ns)) return &flow;
      unlink(flow);
      arm(flow);  // its deadline is after now_s, so in another slot: the loop ends
    }
  }
  return nullptr;
}

Flow* FlowTable::choose_victim() noexcept {
  Flow* const half_open = victim_from_queues();
  return half_open != nullptr ? half_open : victim_from_wheel();
}

/// The longest queued flow that had no packet since; flows that had go to the tail.
Flow* FlowTable::victim_from_queues() noexcept {
  Queue* oldest = nullptr;
  for (Queue& queue : queues_)
    if (queue.head != kNoFlow &&
        (oldest == nullptr || records_[queue.head].armed_s < records_[oldest->head].armed_s))
      oldest = &queue;
  if (oldest == nullptr) return nullptr;
  Flow* best = nullptr;
  for (unsigned look = 0; look < kVictimLooks; ++look) {
    Flow& flow = records_[oldest->head];
    const std::uint64_t last_s = flow.last_ns / kSecondNs;
    if (last_s <= flow.armed_s) return &flow;
    if (best == nullptr || flow.last_ns < best->last_ns) best = &flow;
    unlink(flow);
    enqueue(flow, static_cast<std::uint32_t>(last_s));
  }
  return best;
}

/// The flow in the nearest slot that is armed for its true deadline; those that had packets since
/// they were armed move to where they belong now.
Flow* FlowTable::victim_from_wheel() noexcept {
  Flow* best = nullptr;
  for (unsigned look = 0; look < kVictimLooks; ++look) {
    const std::uint32_t slot = nearest_slot();
    if (slot == kWheelSlots) break;
    Flow& flow = records_[wheel_[slot]];
    const std::uint32_t armed_s = flow.armed_s;
    unlink(flow);
    arm(flow);
    if (flow.armed_s <= armed_s) return &flow;
    if (best == nullptr || deadline_ns(flow) < deadline_ns(*best)) best = &flow;
  }
  return best;
}

/// The first occupied slot from the next visit on; kWheelSlots when the wheel is empty.
std::uint32_t FlowTable::nearest_slot() const noexcept {
  const auto start = static_cast<std::uint32_t>(wheel_s_ % kWheelSlots);
  std::uint64_t bits = occupied_[start / 64] & ~std::uint64_t{0} << start % 64;
  for (std::uint32_t step = 0; step <= occupied_.size(); ++step) {
    const std::uint32_t word = (start / 64 + step) % static_cast<std::uint32_t>(occupied_.size());
    if (step != 0) bits = occupied_[word];
    if (bits != 0) return word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
  }
  return kWheelSlots;
}

}  // namespace sekisho::dataplane
