#include "check_tables.h"

#include <algorithm>

namespace sekisho::engines::ips {
namespace {

using Tables = Ruleset::Tables;

template <class T>
bool within(Slice slice, std::span<const T> section) noexcept {
  return std::uint64_t{slice.first} + slice.count <= section.size();
}

template <class T, class Check>
bool all(std::span<const T> records, Check check) noexcept {
  return std::all_of(records.begin(), records.end(), check);
}

template <class T>
bool all_below(std::span<const std::uint32_t> ids, std::span<const T> section) noexcept {
  return all(ids, [&](std::uint32_t id) { return id < section.size(); });
}

constexpr auto kLastComparison = static_cast<std::uint8_t>(rules::Comparison::bits_equal);
constexpr auto kLastBase = static_cast<std::uint8_t>(rules::NumberBase::dce);
constexpr auto kLastTransform = static_cast<std::uint8_t>(rules::Transform::Kind::form_value);
constexpr std::int32_t kVariables = rules::kMaxRuleVariables;

/// Names of pcre groups.
bool are_sound_names(const Tables& t, Slice names) noexcept {
  if (!within(names, t.ids) || names.count % 3 != 0) return false;
  const auto ids = t.of(t.ids, names);
  for (std::size_t i = 0; i < ids.size(); i += 3)
    if (ids[i] > static_cast<std::uint32_t>(AlertNote::Scope::packet) ||
        !within({ids[i + 1], ids[i + 2]}, t.strings))
      return false;
  return true;
}

bool is_sound_element(const Tables& t, const Element& element) noexcept {
  if (static_cast<std::uint8_t>(element.kind) >= kNumElementKinds) return false;
  if (element.comparison > kLastComparison || element.base > kLastBase) return false;
  if (element.variable >= kVariables || element.variable < -1) return false;
  for (const auto& operand : element.operands)
    if (operand.variable >= kVariables || operand.variable < -1) return false;
  switch (element.kind) {
    case ElementKind::content:
      return within(element.bytes, t.strings) && element.bytes.count != 0;
    case ElementKind::pcre:
      return within(element.bytes, t.ids) && element.extra < t.regexes.size() &&
             are_sound_names(t, element.names) &&
             all(t.of(t.ids, element.bytes), [](std::uint32_t variable) {
               return variable == kNone || variable < rules::kMaxRuleVariables;
             });
    case ElementKind::byte_extract:
    case ElementKind::byte_math:
      return element.variable >= 0 && element.operation <= 5;
    case ElementKind::dataset:
      return element.extra < t.datasets.size() && element.operation <= 4 &&
             within(element.names, t.strings);
    default:
      return true;
  }
}

constexpr auto kLastQuantifier = static_cast<std::uint8_t>(rules::Quantifier::count);

bool is_sound_test(const Tables& t, const TestRecord& test) noexcept {
  if (static_cast<std::uint8_t>(test.kind) >= kNumTestKinds || test.comparison > kLastComparison)
    return false;
  switch (test.kind) {
    case TestKind::field_number:
      return test.all <= kLastQuantifier && test.field < rules::num_fields() &&
             within(test.list, t.numbers) && within(test.more, t.numbers) &&
             test.more.count == kNumQuantityNumbers &&
             t.of(t.numbers, test.more)[0] <= kLastComparison;
    case TestKind::geo:
    case TestKind::flow_bits:
      return within(test.list, t.ids);
    case TestKind::rpc_call:
      return within(test.list, t.numbers) && test.list.count == 3;
    case TestKind::flow_text:
      return within(test.list, t.strings) && test.list.count != 0;
    case TestKind::decode_event:
    case TestKind::application_event:
      return within(test.list, t.strings);
    case TestKind::application_state:
      return test.mode <= 1;
    case TestKind::address:
      return test.extra < t.datasets.size() && within(test.list, t.strings);
    default:
      return true;
  }
}

bool is_sound_rule(const Tables& t, const RuleRecord& rule) noexcept {
  return rule.action <= static_cast<std::uint8_t>(rules::RuleAction::pass) && rule.quiet <= 2 &&
         rule.store_scope <= 2 && rule.store_direction <= 2 &&
         rule.target <= static_cast<std::uint8_t>(rules::RuleTarget::destination) &&
         std::uint64_t{rule.ip_protocols} + 4 <= t.numbers.size() &&
         within(rule.source, t.addresses) && within(rule.destination, t.addresses) &&
         within(rule.source_ports, t.ports) && within(rule.destination_ports, t.ports) &&
         within(rule.buffers, t.buffers) && rule.buffers.count <= kMaxBuffersOfRule &&
         (rule.fast_buffer == 0xff || rule.fast_buffer < rule.buffers.count) &&
         within(rule.tests, t.tests) && within(rule.changes, t.changes) &&
         within(rule.thresholds, t.thresholds) && within(rule.message, t.strings) &&
         within(rule.category, t.strings) && within(rule.metadata, t.strings) &&
         within(rule.references, t.strings);
}

bool is_sound_buffer(const Tables& t, const BufferRecord& buffer) noexcept {
  return buffer.direction <= 2 && buffer.field < rules::num_fields() &&
         within(buffer.transforms, t.transforms) && within(buffer.elements, t.elements);
}

bool is_sound_transform(const Tables& t, const TransformRecord& transform) noexcept {
  if (transform.kind > kLastTransform || transform.base64_mode > 2 ||
      !within(transform.key, t.strings))
    return false;
  const auto kind = static_cast<rules::Transform::Kind>(transform.kind);
  if (kind == rules::Transform::Kind::xor_key)
    return transform.key.count != 0 || transform.key_bytes != 0;
  return kind != rules::Transform::Kind::pcrexform || transform.regex < t.regexes.size();
}

bool is_sound_group(const Tables& t, const GroupRecord& group) noexcept {
  return group.database < t.databases.size() && group.kind <= 1 &&
         group.payload_class < kNumPayloadClasses && group.direction < 2 &&
         static_cast<std::size_t>(group.form) < kNumPatternForms &&
         group.field < rules::num_fields() && within(group.transforms, t.transforms);
}

bool is_sound_list(const Tables& t, const ListRecord& list) noexcept {
  const auto kind = static_cast<ListKind>(list.kind);
  if (list.kind > static_cast<std::uint8_t>(ListKind::address) || list.direction > 1) return false;
  const bool by_class = kind == ListKind::packet || kind == ListKind::address;
  if (by_class && list.which >= kNumPayloadClasses) return false;
  if (kind == ListKind::protocol && list.which >= rules::kNumProtocols) return false;
  if (kind == ListKind::transaction &&
      (list.which >= rules::kNumProtocols || list.stage == 0 || list.stage > kNumStages))
    return false;
  return list.field < rules::num_fields() && within(list.rules, t.list_entries);
}

/// In ascending order: found by binary search.
template <class T>
bool is_sound_steps(const Tables& t, std::span<const AddressStep> steps,
                    std::span<const T> called) noexcept {
  return all(steps,
             [&](const AddressStep& step) {
               return within(step.rules, t.ids) && all_below(t.of(t.ids, step.rules), called);
             }) &&
         std::is_sorted(steps.begin(), steps.end(),
                        [](const auto& a, const auto& b) { return a.first < b.first; });
}

bool is_sound_dataset(const Tables& t, const DatasetRecord& dataset) noexcept {
  if (!within(dataset.name, t.strings) || !within(dataset.entries, t.dataset_entries)) return false;
  const auto entries = t.of(t.dataset_entries, dataset.entries);
  if (!all(entries, [&](const DatasetEntry& e) { return within(e.context, t.strings); }))
    return false;
  return dataset.type <= 5 && std::is_sorted(entries.begin(), entries.end(),
                                             [](const DatasetEntry& a, const DatasetEntry& b) {
                                               return a.key[0] < b.key[0];
                                             });
}

bool is_sound_event(const Tables& t, const EventRecord& event) noexcept {
  return within(event.name, t.strings) && within(event.rules, t.ids) &&
         all_below(t.of(t.ids, event.rules), t.rules);
}

bool is_sound_pattern(const Tables& t, const PatternRecord& pattern) noexcept {
  return within(pattern.calls, t.ids) && all(t.of(t.ids, pattern.calls), [&](std::uint32_t call) {
           return (call & kRuleOfCall) < t.rules.size();
         });
}

bool are_sound_calls(const Tables& t) noexcept {
  return all(t.database_records,
             [&](const DatabaseRecord& record) { return within(record.patterns, t.patterns); }) &&
         all(t.patterns,
             [&](const PatternRecord& pattern) { return is_sound_pattern(t, pattern); }) &&
         all(t.list_entries, [&](const ListEntry& entry) { return entry.rule < t.rules.size(); }) &&
         all(t.packet_events, [&](const EventRecord& e) { return is_sound_event(t, e); }) &&
         all(t.application_events, [&](const EventRecord& e) { return is_sound_event(t, e); }) &&
         is_sound_steps(t, t.steps[0], t.rules) && is_sound_steps(t, t.steps[1], t.rules) &&
         is_sound_steps(t, t.reputation_steps, t.reputations) &&
         std::is_sorted(t.country_steps.begin(), t.country_steps.end(),
                        [](const auto& a, const auto& b) { return a.first < b.first; });
}

}  // namespace

bool is_sound(const Tables& t) noexcept {
  return t.rules.size() <= kMaxRules &&
         all(t.rules, [&](const RuleRecord& r) { return is_sound_rule(t, r); }) &&
         all(t.buffers, [&](const BufferRecord& b) { return is_sound_buffer(t, b); }) &&
         all(t.elements, [&](const Element& e) { return is_sound_element(t, e); }) &&
         all(t.transforms, [&](const TransformRecord& r) { return is_sound_transform(t, r); }) &&
         all(t.tests, [&](const TestRecord& r) { return is_sound_test(t, r); }) &&
         all(t.changes, [&](const TestRecord& r) { return is_sound_test(t, r); }) &&
         all(t.thresholds,
             [&](const ThresholdRecord& r) {
               return r.type <= static_cast<std::uint8_t>(rules::Threshold::Type::suppress) &&
                      r.track <= static_cast<std::uint8_t>(rules::Threshold::Track::flow) &&
                      r.unique <= 2 &&
                      r.new_action <= static_cast<std::uint8_t>(rules::RuleAction::pass) &&
                      within(r.addresses, t.addresses);
             }) &&
         all(t.groups, [&](const GroupRecord& g) { return is_sound_group(t, g); }) &&
         all(t.lists, [&](const ListRecord& l) { return is_sound_list(t, l); }) &&
         all(t.datasets, [&](const DatasetRecord& d) { return is_sound_dataset(t, d); }) &&
         are_sound_calls(t);
}

}  // namespace sekisho::engines::ips
