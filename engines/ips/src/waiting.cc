#include <algorithm>
#include <cstring>

#include "core.h"

namespace sekisho::engines::ips {
namespace {

std::size_t block_bytes(std::size_t capacity) noexcept {
  return sizeof(WaitingRules) + (capacity - 1) * sizeof(WaitingRule);
}

bool is_about_files(const RuleRecord& record) noexcept { return (record.flags & kNeedsFile) != 0; }

}  // namespace

/// The transaction's rules; what an earlier ruleset left there is let go.
WaitingRules* Detector::Core::waiting_of(Transaction& transaction) noexcept {
  auto* waiting = static_cast<WaitingRules*>(transaction.inspection.waiting);
  if (waiting == nullptr || waiting->serial == tables.serial) return waiting;
  pool.release(waiting, waiting->bytes);
  transaction.inspection.waiting = nullptr;
  return nullptr;
}

WaitingRule* Detector::Core::find_waiting(const Look& look, std::uint32_t rule) noexcept {
  auto* waiting = waiting_of(*look.transaction);
  if (waiting == nullptr) return nullptr;
  const bool about_files = is_about_files(tables.rules[rule]);
  for (std::size_t i = 0; i < waiting->count; ++i) {
    auto& one = waiting->rules[i];
    if (one.rule != rule || one.direction != look.direction) continue;
    // A rule that waits for any file is this file's too.
    if (about_files && look.file != nullptr && one.file != look.file->id && one.file != kNone)
      continue;
    return &one;
  }
  return nullptr;
}

/// Null: no room.
WaitingRule* Detector::Core::remember(const Look& look, std::uint32_t rule, std::uint32_t satisfied,
                                      bool done) noexcept {
  auto* waiting = waiting_of(*look.transaction);
  if (waiting == nullptr || waiting->count == waiting->capacity) {
    const std::size_t capacity =
        waiting == nullptr ? 4 : std::min(WaitingRules::kMax, std::size_t{waiting->capacity} * 4);
    void* block = waiting != nullptr && waiting->count == WaitingRules::kMax
                      ? nullptr
                      : pool.allocate(block_bytes(capacity));
    if (block == nullptr) {
      ++counts.waiting_lost;
      return nullptr;
    }
    auto* larger = ::new (block) WaitingRules;
    larger->serial = tables.serial;
    larger->bytes = static_cast<std::uint32_t>(block_bytes(capacity));
    larger->capacity = static_cast<std::uint16_t>(capacity);
    if (waiting != nullptr) {
      std::memcpy(static_cast<void*>(larger->rules), waiting->rules,
                  waiting->count * sizeof(WaitingRule));
      larger->count = waiting->count;
      pool.release(waiting, waiting->bytes);
    }
    look.transaction->inspection.waiting = larger;
    waiting = larger;
  }
  const auto file = look.file != nullptr ? look.file->id : kNone;
  auto& made = waiting->rules[waiting->count++];
  made = {rule, satisfied, file, look.direction, done, false, 0};
  return &made;
}

void Detector::Core::forget(Transaction& transaction) noexcept {
  auto* waiting = static_cast<WaitingRules*>(transaction.inspection.waiting);
  if (waiting == nullptr) return;
  pool.release(waiting, waiting->bytes);
  transaction.inspection.waiting = nullptr;
}

/// Notes what came out for one rule on a transaction.
void Detector::Core::settle(const Look& look, std::uint32_t rule, Outcome outcome,
                            std::uint32_t satisfied, WaitingRule* known) noexcept {
  if (known == nullptr) {
    // A rule whose subject cannot come again need not be remembered.
    if (outcome != Outcome::no) remember(look, rule, satisfied, outcome == Outcome::yes);
    return;
  }
  known->satisfied = satisfied;
  if (look.file != nullptr && known->file == kNone && outcome == Outcome::yes)
    known->file = look.file->id;
  known->done = outcome == Outcome::yes;
  ++known->looks;
  if (outcome == Outcome::no && known->looks >= kMaxLooks) known->done = true;
}

void Detector::Core::evaluate_candidates(const Look& look) noexcept {
  sort_candidates();
  for (std::size_t i = 0; i < num_candidates; ++i) {
    const auto [rule, proven, pattern_end] = candidates[i];
    static_cast<void>(pattern_end);
    if (matcher.exhausted()) return;
    WaitingRule* known = nullptr;
    std::uint32_t satisfied = 0;
    if (look.transaction != nullptr) {
      known = find_waiting(look, rule);
      if (known != nullptr && known->done) continue;
      if (known != nullptr) satisfied = known->satisfied;
      if (known == nullptr && look.may_defer && defer(look, rule)) continue;
    }
    const auto outcome = evaluate(rule, look, proven, satisfied);
    if (look.transaction != nullptr) settle(look, rule, outcome, satisfied, known);
    const auto flags = tables.rules[rule].flags;
    if (outcome == Outcome::no && look.transaction == nullptr && (flags & kAsksState) != 0 &&
        num_waits_for_state < waits_for_state.size())
      waits_for_state[num_waits_for_state++] = rule;
    if (outcome != Outcome::yes) continue;
    if (look.transaction == nullptr && (tables.rules[rule].flags & kStreamPayload) != 0 &&
        num_spoke < spoke_of_packet.size())
      spoke_of_packet[num_spoke++] = rule;
    act(rule, look);
  }
}

/// A rule that asks for flow bits waits for the rest of the packet: what follows of the transaction
/// may call the rule that sets them. False: it is to be looked at now.
bool Detector::Core::defer(const Look& look, std::uint32_t rule) noexcept {
  if ((tables.rules[rule].flags & kAsksState) == 0) return false;
  const auto end = deferred.begin() + static_cast<std::ptrdiff_t>(num_deferred);
  const bool is_listed = std::any_of(deferred.begin(), end, [&look](const auto& one) {
    return one.transaction == look.transaction;
  });
  if (!is_listed && num_deferred == deferred.size()) return false;
  auto* const kept = remember(look, rule, 0, false);
  if (kept == nullptr) return false;
  kept->deferred = true;
  if (!is_listed) deferred[num_deferred++] = {look.flow, look.transaction, look.packet, look.sink};
  return true;
}

/// In the order of the rules: some set what others ask for.
void Detector::Core::evaluate_deferred_of(const DeferredRules& of) noexcept {
  auto* waiting = waiting_of(*of.transaction);
  if (waiting == nullptr || is_passed(of.flow)) return;
  const auto first = [waiting]() -> WaitingRule* {
    WaitingRule* lowest = nullptr;
    for (std::size_t i = 0; i < waiting->count; ++i) {
      auto& one = waiting->rules[i];
      if (one.deferred && (lowest == nullptr || one.rule < lowest->rule)) lowest = &one;
    }
    return lowest;
  };
  for (auto* one = first(); one != nullptr && !matcher.exhausted(); one = first()) {
    auto look = look_of(of.flow, one->direction, *of.packet, *of.sink);
    look.transaction = of.transaction;
    begin(look);
    one->deferred = false;
    auto satisfied = one->satisfied;
    const auto rule = one->rule;
    const auto outcome = evaluate(rule, look, false, satisfied);
    if (outcome == Outcome::no)
      *one = waiting->rules[--waiting->count];  // it need not be remembered
    else
      settle(look, rule, outcome, satisfied, one);
    if (outcome == Outcome::yes) act(rule, look);
  }
}

/// Of one transaction, or of all.
void Detector::Core::evaluate_deferred(const Transaction* only) noexcept {
  for (std::size_t i = 0; i < num_deferred;) {
    const auto one = deferred[i];
    if (only != nullptr && one.transaction != only) {
      ++i;
      continue;
    }
    deferred[i] = deferred[--num_deferred];
    evaluate_deferred_of(one);
  }
}

/// Looks again at what waits for more of the transaction, unless it has just been a candidate.
void Detector::Core::evaluate_waiting(const Look& look) noexcept {
  auto* waiting = waiting_of(*look.transaction);
  if (waiting == nullptr) return;
  // act() may not touch the list, so the block stays.
  for (std::size_t i = 0; i < waiting->count; ++i) {
    auto& one = waiting->rules[i];
    if (one.done || one.deferred || seen[one.rule] == look_number) continue;
    if (matcher.exhausted()) return;
    if (one.file != kNone && look.file != nullptr && one.file != look.file->id) continue;
    Look again = look;
    again.direction = one.direction;
    auto satisfied = one.satisfied;
    const auto outcome = evaluate(one.rule, again, false, satisfied);
    settle(again, one.rule, outcome, satisfied, &one);
    if (outcome == Outcome::yes) act(one.rule, again);
  }
}

StreamMemory Detector::Core::stream_memory_of(const Look& look, std::uint32_t rule) noexcept {
  if (look.flow->state != nullptr)
    for (const auto& memory : look.flow->state->stream_memories(look.direction, tables.serial))
      if (memory.rule == rule) return memory;
  return {rule, 0, 0, 0};
}

void Detector::Core::keep_stream_memory(const Look& look, const StreamMemory& memory) noexcept {
  auto* state = state_of(*look.flow);
  if (state != nullptr && !state->remember(look.direction, memory, tables.serial))
    ++counts.waiting_lost;
}

void Detector::Core::evaluate_stream_candidate(const Candidate& candidate,
                                               const Look& look) noexcept {
  const auto rule = candidate.rule;
  const auto window_end = look.payload.offset + look.payload.bytes.size();
  auto memory = stream_memory_of(look, rule);
  const auto spoke_end = spoke_of_packet.begin() + static_cast<std::ptrdiff_t>(num_spoke);
  if (std::find(spoke_of_packet.begin(), spoke_end, rule) != spoke_end)
    return keep_stream_memory(look, {rule, 0, window_end, 0});
  const bool by_pattern = tables.rules[rule].fast_buffer != 0xff;
  // A pattern is reported once a scan: where it was spoken of, it may be again further on.
  Look narrowed = look;
  if (memory.spoken_end > look.payload.offset) {
    // It spoke of these bytes already.
    const auto skipped =
        std::min<std::uint64_t>(memory.spoken_end - look.payload.offset, look.payload.bytes.size());
    narrowed.payload.bytes = look.payload.bytes.subspan(skipped);
    narrowed.payload.offset += skipped;
  }
  if (narrowed.payload.bytes.empty()) return;
  std::uint32_t satisfied = 0;
  const bool is_whole = narrowed.payload.offset == look.payload.offset;
  const auto outcome = evaluate(rule, narrowed, candidate.proven && is_whole, satisfied);
  if (outcome == Outcome::yes) {
    keep_stream_memory(look, {rule, 0, window_end, 0});
    act(rule, look);
  } else if (outcome == Outcome::later && by_pattern && memory.waits == 0 &&
             candidate.pattern_end > memory.spoken_end) {
    memory.waits = 1;
    memory.pattern_end = candidate.pattern_end;
    keep_stream_memory(look, memory);
  }
}

void Detector::Core::evaluate_stream_candidates(const Look& look) noexcept {
  sort_candidates();
  for (std::size_t i = 0; i < num_candidates && !matcher.exhausted(); ++i)
    evaluate_stream_candidate(candidates[i], look);
}

}  // namespace sekisho::engines::ips
