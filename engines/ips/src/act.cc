#include "core.h"

namespace sekisho::engines::ips {
namespace {

using rules::RuleAction;
using BitCommand = rules::FlowBits::Command;

/// The rule's own action as the flow's profile changes it.
RuleAction action_of(const RuleInfo& rule, RuleUse use) noexcept {
  if (rule.action == RuleAction::pass) return rule.action;
  if (use == RuleUse::report) return RuleAction::alert;
  const bool drops = use == RuleUse::block && rule.action == RuleAction::alert && !rule.no_alert;
  return drops ? RuleAction::drop : rule.action;
}

}  // namespace

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
}

void Detector::Core::act(std::uint32_t rule, const Look& look) noexcept {
  const auto& record = tables.rules[rule];
  ++costs[rule].matches;
  change_state(record, look);
  const auto use = use_of(rule, look);
  if (packet_passed || use == RuleUse::off) return;
  Alert alert;
  alert.rule = &tables.infos[rule];
  alert.action = action_of(*alert.rule, use);
  alert.direction = look.direction;
  alert.transaction = look.transaction;
  alert.file = look.file;
  alert.packet = look.packet;
  alert.from_stream = look.from_stream;
  alert.whole_flow = look.from_stream || look.transaction != nullptr ||
                     (record.flags & (kIpOnly | kProtocolOnly)) != 0;
  alert.logged = !alert.rule->no_alert && alert.rule->disable_logging == rules::Rule::Quiet::none &&
                 (alert.action != RuleAction::pass || (record.flags & kAlertAlways) != 0);
  const auto ports = ports_of(look);
  const ThresholdSubject subject{&source_of(look),
                                 &destination_of(look),
                                 ports.first,
                                 ports.second,
                                 look.flow != nullptr ? look.flow->flow_id : 0,
                                 now_ms};
  const auto thresholds = tables.of(tables.thresholds, record.thresholds);
  for (std::uint32_t i = 0; i < thresholds.size(); ++i) {
    const auto verdict =
        judge_threshold(thresholds[i], tables.of(tables.addresses, thresholds[i].addresses), record,
                        i, subject, hosts, alert.action);
    if (verdict == ThresholdVerdict::nothing) return;
    if (verdict == ThresholdVerdict::silent) alert.logged = false;
  }
  if (alert.action == RuleAction::pass) {
    packet_passed = true;
    if (alert.whole_flow && look.flow != nullptr)
      if (auto* state = state_of(*look.flow)) state->passed = true;
  }
  ++counts.alerts;
  look.sink->on_alert(alert);
}

}  // namespace sekisho::engines::ips
