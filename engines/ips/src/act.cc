#include <algorithm>

#include "config/base/text_bytes.h"
#include "core.h"
#include "engines/ips/profiles.h"

namespace sekisho::engines::ips {
namespace {

using rules::RuleAction;
using BitCommand = rules::FlowBits::Command;

/// The rule's own action as the flow's profile changes it.
RuleAction action_of(const RuleInfo& rule, RuleUse use) noexcept {
  if (rule.action == RuleAction::pass) return rule.action;
  if (use == RuleUse::report) return RuleAction::alert;
  const bool tells = rule.action == RuleAction::alert && !rule.no_alert;
  if (use == RuleUse::reset && (tells || rule.action == RuleAction::drop))
    return RuleAction::reject_both;
  return use == RuleUse::block && tells ? RuleAction::drop : rule.action;
}

}  // namespace

RuleUse Detector::Core::use_of(std::uint32_t rule, const Look& look) const noexcept {
  const auto* flow = look.flow;
  if (flow == nullptr || flow->uses.empty()) return RuleUse::as_written;
  const auto use = flow->uses[rule];
  if (flow->profile == nullptr || flow->profile->exceptions.empty() || use == RuleUse::off)
    return use;
  return flow->profile->excepted(tables.infos[rule].signature, use, source_of(look),
                                 destination_of(look));
}

FlowState* Detector::Core::state_of(FlowView& flow) noexcept {
  if (flow.state == nullptr) flow.state = make_pooled<FlowState>(pool, pool).release();
  if (flow.state == nullptr) ++counts.state_lost;
  return flow.state;
}

void Detector::Core::change(const TestRecord& change, const Look& look) noexcept {
  const auto command = static_cast<BitCommand>(change.mode);
  if (change.kind == TestKind::host_bits) {
    const auto key = host_bit_key(change, look);
    const auto expires = now_ms + change.low * 1000;
    auto& slot = hosts.find_or_make(key, now_ms, expires);
    const bool was_set = slot.value.load(std::memory_order_relaxed) != 0;
    const bool sets = command == BitCommand::set || (command == BitCommand::toggle && !was_set);
    slot.expires_ms.store(expires, std::memory_order_relaxed);
    slot.value.store(sets ? 1 : 0, std::memory_order_relaxed);
    return;
  }
  if (look.flow == nullptr) return;
  auto* state = state_of(*look.flow);
  if (state == nullptr) return;
  if (change.kind == TestKind::flow_bits) {
    for (const auto bit : tables.of(tables.ids, change.list)) {
      const bool sets =
          command == BitCommand::set || (command == BitCommand::toggle && !state->has_bit(bit));
      if (!sets)
        state->unset_bit(bit);
      else if (!state->set_bit(bit))
        ++counts.state_lost;
    }
    return;
  }
  if (change.kind != TestKind::flow_integer) return;
  std::int64_t value = 0;
  static_cast<void>(state->integer(change.extra, value));
  auto operand = change.low;
  std::int64_t other = 0;
  if (change.all != 0 && state->integer(static_cast<std::uint32_t>(change.high), other))
    operand = static_cast<std::uint64_t>(other);
  auto result = operand;
  const auto arithmetic = static_cast<rules::FlowInteger::Command>(change.mode);
  if (arithmetic == rules::FlowInteger::Command::add)
    result = static_cast<std::uint64_t>(value) + operand;
  if (arithmetic == rules::FlowInteger::Command::subtract)
    result = static_cast<std::uint64_t>(value) - operand;
  if (!state->set_integer(change.extra, static_cast<std::int64_t>(result))) ++counts.state_lost;
}

void Detector::Core::change_state(const RuleRecord& record, const Look& look) noexcept {
  for (const auto& one : tables.of(tables.changes, record.changes)) change(one, look);
  if (tables.asks_flow_texts && (record.flags & kHasNotes) != 0) keep_flow_texts(look);
}

/// What the rule's pcre groups kept under "flow:name", for flowvar.
void Detector::Core::keep_flow_texts(const Look& look) noexcept {
  if (look.flow == nullptr) return;
  for (const auto& note : notes.from(first_note, notes.count())) {
    if (note.scope != AlertNote::Scope::flow) continue;
    auto* state = state_of(*look.flow);
    if (state == nullptr) return;
    if (!state->add_text(name_key(note.name), bytes_of(note.value))) ++counts.state_lost;
  }
}

/// State changes at once, as rules further down ask for it; the rest when all matches are known.
void Detector::Core::act(std::uint32_t rule, const Look& look) noexcept {
  const auto& record = tables.rules[rule];
  ++costs[rule].matches;
  change_state(record, look);
  if (packet_passed || use_of(rule, look) == RuleUse::off) return;
  keep({.rule = rule,
        .direction = look.direction,
        .from_stream = look.from_stream,
        .flow = look.flow,
        .transaction = look.transaction,
        .packet = look.packet,
        .sink = look.sink,
        .file = look.file != nullptr ? std::optional(look.file->id) : std::nullopt,
        .first_note = first_note,
        .last_note = notes.count()});
}

/// In rank: rules stand in the order in which they speak.
void Detector::Core::keep(const MatchedRule& one) noexcept {
  if (num_matched == matched.size()) {
    ++counts.alerts_lost;
    if (matched.back().rule <= one.rule) return;
    --num_matched;
  }
  auto at = num_matched++;
  for (; at > 0 && matched[at - 1].rule > one.rule; --at) matched[at] = matched[at - 1];
  matched[at] = one;
}

/// Tells what matched; with `until`, only as far as that transaction's last match.
void Detector::Core::decide(const Transaction* until) noexcept {
  evaluate_deferred(until);
  std::size_t count = num_matched;
  if (until != nullptr)
    while (count > 0 && matched[count - 1].transaction != until) --count;
  for (std::size_t i = 0; i < count && !packet_passed; ++i) tell(matched[i]);
  if (packet_passed) count = num_matched;
  std::move(matched.begin() + static_cast<std::ptrdiff_t>(count),
            matched.begin() + static_cast<std::ptrdiff_t>(num_matched), matched.begin());
  num_matched -= count;
}

void Detector::Core::forget_alerts_of(const FlowView& flow) noexcept {
  const auto last = deferred.begin() + static_cast<std::ptrdiff_t>(num_deferred);
  const auto others = std::remove_if(deferred.begin(), last,
                                     [&flow](const auto& one) { return one.flow == &flow; });
  num_deferred = static_cast<std::size_t>(others - deferred.begin());
  const auto end = matched.begin() + static_cast<std::ptrdiff_t>(num_matched);
  const auto kept =
      std::remove_if(matched.begin(), end, [&flow](const auto& one) { return one.flow == &flow; });
  num_matched = static_cast<std::size_t>(kept - matched.begin());
}

/// False: as if the rule had not matched.
bool Detector::Core::thresholds_speak(const MatchedRule& one, Alert& alert) noexcept {
  const auto& record = tables.rules[one.rule];
  Look look;
  look.flow = one.flow;
  look.direction = one.direction;
  look.packet = one.packet;
  const auto ports = ports_of(look);
  const ThresholdSubject subject{&source_of(look),
                                 &destination_of(look),
                                 ports.first,
                                 ports.second,
                                 one.flow != nullptr ? one.flow->flow_id : 0,
                                 now_ms};
  const auto thresholds = tables.of(tables.thresholds, record.thresholds);
  for (std::uint32_t i = 0; i < thresholds.size(); ++i) {
    const auto before = alert.action;
    const auto verdict =
        judge_threshold(thresholds[i], tables.of(tables.addresses, thresholds[i].addresses), record,
                        i, subject, hosts, alert.action);
    if (verdict == ThresholdVerdict::nothing) return false;
    if (verdict == ThresholdVerdict::silent) alert.logged = false;
    if (alert.action != before) alert.by_rate = true;
  }
  return true;
}

void Detector::Core::tell(const MatchedRule& one) noexcept {
  const auto& record = tables.rules[one.rule];
  Look look;
  look.flow = one.flow;
  look.direction = one.direction;
  look.packet = one.packet;
  Alert alert;
  alert.rule = &tables.infos[one.rule];
  alert.action = action_of(*alert.rule, use_of(one.rule, look));
  alert.direction = one.direction;
  alert.transaction = one.transaction;
  alert.file = one.file;
  alert.notes = notes.from(one.first_note, one.last_note);
  alert.packet = one.packet;
  alert.from_stream = one.from_stream;
  alert.whole_flow = one.from_stream || one.transaction != nullptr ||
                     (record.flags & (kIpOnly | kProtocolOnly)) != 0 ||
                     (record.app_protocols != 0 && record.buffers.count == 0);
  alert.logged = !alert.rule->no_alert && alert.rule->disable_logging == rules::Rule::Quiet::none;
  if (!thresholds_speak(one, alert)) return;
  if (alert.action == RuleAction::pass) {
    if ((record.flags & kAlertAlways) == 0) alert.logged = false;
    packet_passed = true;
    if (alert.whole_flow && one.flow != nullptr)
      if (auto* state = state_of(*one.flow)) state->passed = true;
  }
  ++counts.alerts;
  one.sink->on_alert(alert);
}

}  // namespace sekisho::engines::ips
