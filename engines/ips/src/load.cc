#include <algorithm>
#include <atomic>
#include <cstring>

#include "check_tables.h"
#include "engines/ips/ips.h"
#include "tables.h"

namespace sekisho::engines::ips {
namespace {

using Tables = Ruleset::Tables;
using rules::FieldDirection;
using rules::FieldKind;

constexpr std::size_t kAlignment = 64;

Error damaged(const char* what) {
  return Error{Error::Code::invalid_input, std::string("rule artifact: ") + what};
}

class Sections {
 public:
  explicit Sections(std::span<const std::byte> artifact) : artifact_(artifact) {
    std::memcpy(&header_, artifact.data(), sizeof(header_));
  }
  const ArtifactHeader& header() const { return header_; }

  template <class T>
  bool get(Section section, std::span<const T>& out) const {
    const auto& entry = header_.sections[static_cast<std::size_t>(section)];
    if (entry.offset % kAlignment != 0 || entry.offset > artifact_.size() ||
        entry.bytes > artifact_.size() - entry.offset || entry.bytes % sizeof(T) != 0)
      return false;
    out = {reinterpret_cast<const T*>(artifact_.data() + entry.offset), entry.bytes / sizeof(T)};
    return true;
  }

 private:
  std::span<const std::byte> artifact_;
  ArtifactHeader header_;
};

bool find_sections(const Sections& sections, Tables& t) {
  return sections.get(Section::strings, t.strings) && sections.get(Section::numbers, t.numbers) &&
         sections.get(Section::ids, t.ids) && sections.get(Section::addresses, t.addresses) &&
         sections.get(Section::ports, t.ports) && sections.get(Section::rules, t.rules) &&
         sections.get(Section::buffers, t.buffers) && sections.get(Section::elements, t.elements) &&
         sections.get(Section::transforms, t.transforms) && sections.get(Section::tests, t.tests) &&
         sections.get(Section::changes, t.changes) &&
         sections.get(Section::thresholds, t.thresholds) &&
         sections.get(Section::regexes, t.regex_records) &&
         sections.get(Section::groups, t.groups) &&
         sections.get(Section::databases, t.database_records) &&
         sections.get(Section::patterns, t.patterns) && sections.get(Section::lists, t.lists) &&
         sections.get(Section::list_entries, t.list_entries) &&
         sections.get(Section::packet_events, t.packet_events) &&
         sections.get(Section::application_events, t.application_events) &&
         sections.get(Section::source_steps, t.steps[0]) &&
         sections.get(Section::destination_steps, t.steps[1]) &&
         sections.get(Section::datasets, t.datasets) &&
         sections.get(Section::dataset_entries, t.dataset_entries) &&
         sections.get(Section::reputations, t.reputations) &&
         sections.get(Section::reputation_steps, t.reputation_steps) &&
         sections.get(Section::country_steps, t.country_steps) &&
         sections.get(Section::database_bytes, t.database_bytes);
}

Status load_patterns(Tables& t) {
  for (const auto& record : t.regex_records) {
    if (std::uint64_t{record.pattern.first} + record.pattern.count > t.strings.size())
      return damaged("a regular expression is outside of it");
    auto regex = pattern::Regex::compile(t.text(record.pattern), record.options);
    if (!regex) return std::move(regex).error();
    t.regexes.push_back(std::move(*regex));
  }
  for (const auto& record : t.database_records) {
    if (record.offset > t.database_bytes.size() ||
        record.bytes > t.database_bytes.size() - record.offset)
      return damaged("a pattern database is outside of it");
    auto database = pattern::Database::load(t.database_bytes.subspan(record.offset, record.bytes));
    if (!database) return std::move(database).error();
    t.databases.push_back(std::move(*database));
  }
  return ok();
}

void index_field_group(Tables& t, std::uint32_t index) {
  const auto& group = t.groups[index];
  const auto field = static_cast<rules::Field>(group.field);
  const auto& info = rules::info_of(field);
  if (is_file_field(field) && (group.looks & kAtFile) != 0)
    t.file_groups[group.direction].push_back(index);
  if (info.kind == FieldKind::body) t.body_groups[group.direction][group.field].push_back(index);
  if (field == rules::Field::file_data && (group.looks & kAtBody) != 0) {
    const auto body = http_body_of(group.direction);
    t.body_groups[group.direction][static_cast<std::size_t>(body)].push_back(index);
  }
  if (is_file_field(field) || info.kind == FieldKind::body || info.stage == 0 ||
      info.stage > kNumStages)
    return;
  for (std::size_t p = 0; p < rules::kNumProtocols; ++p) {
    const auto bits = protocols_seen_in(static_cast<rules::Protocol>(p));
    if (info.protocols != 0 && (info.protocols & bits) == 0) continue;
    t.stage_groups[p][group.direction][info.stage - 1].push_back(index);
    t.wants_frames |= info.stage == rules::kFrameStage;
  }
}

void index_groups(Tables& t) {
  for (auto& by_field : t.body_groups) by_field.resize(rules::num_fields());
  for (std::uint32_t i = 0; i < t.groups.size(); ++i) {
    const auto& group = t.groups[i];
    if (group.kind == static_cast<std::uint8_t>(GroupKind::field)) {
      index_field_group(t, i);
      continue;
    }
    auto& groups = t.payload_groups[group.payload_class][group.direction]
                                   [static_cast<std::size_t>(group.form)];
    if (group.has_port != 0)
      groups.by_port.emplace_back(group.port, i);
    else
      groups.any = i;
    if (group.payload_class == static_cast<std::uint8_t>(PayloadClass::tcp) &&
        (group.looks & kAtStream) != 0)
      t.wants_streams = true;
  }
  for (auto& by_direction : t.payload_groups)
    for (auto& by_form : by_direction)
      for (auto& groups : by_form) std::sort(groups.by_port.begin(), groups.by_port.end());
}

void index_lists(Tables& t) {
  std::fill_n(&t.packet_list[0][0], kNumPayloadClasses * 2, kNone);
  std::fill_n(&t.address_list[0][0], kNumPayloadClasses * 2, kNone);
  std::fill_n(t.stream_list, 2, kNone);
  std::fill_n(t.file_list, 2, kNone);
  std::fill_n(&t.protocol_list[0][0], rules::kNumProtocols * 2, kNone);
  std::fill_n(&t.transaction_list[0][0][0], rules::kNumProtocols * 2 * kNumStages, kNone);
  for (auto& list : t.body_list) list.assign(rules::num_fields(), kNone);
  for (std::uint32_t i = 0; i < t.lists.size(); ++i) {
    const auto& list = t.lists[i];
    switch (static_cast<ListKind>(list.kind)) {
      case ListKind::packet:
        t.packet_list[list.which][list.direction] = i;
        break;
      case ListKind::address:
        t.address_list[list.which][list.direction] = i;
        break;
      case ListKind::stream:
        t.stream_list[list.direction] = i;
        t.wants_streams = true;
        break;
      case ListKind::transaction:
        t.transaction_list[list.which][list.direction][list.stage - 1] = i;
        t.wants_frames |= list.stage == rules::kFrameStage;
        break;
      case ListKind::body:
        t.body_list[list.direction][list.field] = i;
        break;
      case ListKind::protocol:
        t.protocol_list[list.which][list.direction] = i;
        break;
      case ListKind::file:
        t.file_list[list.direction] = i;
        break;
    }
  }
}

void index_addresses(Tables& t) {
  const auto v4_begin = IpAddress::from_v4(0), v4_end = IpAddress::from_v4(0xffffffff);
  for (std::size_t side = 0; side < 2; ++side) {
    const auto steps = t.steps[side];
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (steps[i].rules.count == 0 || steps[i].first > v4_end) continue;
      const bool has_next = i + 1 < steps.size();
      if (has_next && steps[i + 1].first <= v4_begin) continue;
      const auto first = std::max(steps[i].first, v4_begin).v4() >> 16;
      const auto last =
          has_next && steps[i + 1].first <= v4_end ? (steps[i + 1].first.v4() - 1) >> 16 : 0xffffU;
      for (auto prefix = first; prefix <= last; ++prefix)
        t.step_bits[side][prefix / 64] |= std::uint64_t{1} << (prefix % 64);
    }
  }
}

/// What is only kept of flows while some rule asks for it.
void note_tests(Tables& t) {
  for (const auto& test : t.tests) {
    t.asks_flow_texts |= test.kind == TestKind::flow_text && test.mode == 0;
    t.wants_elephants |=
        test.kind == TestKind::packet_number &&
        test.field >= static_cast<std::uint16_t>(rules::PacketNumber::flow_elephant_to_server);
  }
}

RuleInfo info_of_record(const Tables& t, std::uint32_t index) {
  const auto& rule = t.rules[index];
  RuleInfo info;
  info.index = index;
  info.generator = rule.generator;
  info.signature = rule.signature;
  info.revision = rule.revision;
  info.priority = rule.priority;
  info.action = static_cast<rules::RuleAction>(rule.action);
  info.target = static_cast<rules::RuleTarget>(rule.target);
  info.message = t.text(rule.message);
  info.category = t.text(rule.category);
  info.metadata_json = t.text(rule.metadata);
  info.of_application = rule.app_protocols != 0;
  info.own = (rule.flags & kOwn) != 0;
  info.references_json = t.text(rule.references);
  info.disable_logging = static_cast<rules::Rule::Quiet>(rule.quiet);
  info.store_scope = static_cast<rules::Rule::StoreScope>(rule.store_scope);
  info.store_direction = static_cast<rules::FieldDirection>(rule.store_direction);
  info.store_file = (rule.flags & kStoreFile) != 0;
  info.tag = {rule.tag_seconds, rule.tag_packets, rule.tag_bytes};
  info.bypass = (rule.flags & kBypass) != 0;
  info.no_alert = (rule.flags & kNoAlert) != 0;
  return info;
}

}  // namespace

Result<std::unique_ptr<const Ruleset>> Ruleset::load(std::span<const std::byte> artifact) {
  if (reinterpret_cast<std::uintptr_t>(artifact.data()) % kAlignment != 0)
    return damaged("it does not begin on a 64-byte boundary");
  if (artifact.size() < sizeof(ArtifactHeader)) return damaged("it is too short");
  const Sections sections(artifact);
  const ArtifactHeader expected;
  const auto& header = sections.header();
  if (std::memcmp(header.magic, expected.magic, sizeof(expected.magic)) != 0 ||
      header.num_sections != expected.num_sections || header.num_fields != rules::num_fields())
    return damaged("it is of another version");
  if (header.bytes != artifact.size()) return damaged("its size is wrong");
  auto tables = std::make_unique<Tables>();
  if (!find_sections(sections, *tables)) return damaged("a section is outside of it");
  auto status = load_patterns(*tables);
  if (!status) return std::move(status).error();
  if (!is_sound(*tables)) return damaged("a reference is wrong");
  index_groups(*tables);
  index_lists(*tables);
  index_addresses(*tables);
  note_tests(*tables);
  static std::atomic<std::uint64_t> next_serial{1};
  tables->serial = next_serial.fetch_add(1, std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < tables->rules.size(); ++i)
    tables->infos.push_back(info_of_record(*tables, i));
  return std::unique_ptr<const Ruleset>(new Ruleset(std::move(tables)));
}

Ruleset::Ruleset(std::unique_ptr<const Tables> tables) : tables_(std::move(tables)) {}
Ruleset::~Ruleset() = default;

std::size_t Ruleset::num_rules() const noexcept { return tables_->rules.size(); }

RuleInfo Ruleset::info(std::uint32_t index) const noexcept {
  return index < tables_->infos.size() ? tables_->infos[index] : RuleInfo{};
}

bool Ruleset::asks(rules::Field field) const noexcept {
  const auto& buffers = tables_->buffers;
  return std::any_of(buffers.begin(), buffers.end(), [field](const auto& buffer) {
    return buffer.field == static_cast<std::uint16_t>(field);
  });
}

bool Ruleset::wants_elephants() const noexcept { return tables_->wants_elephants; }
bool Ruleset::wants_frames() const noexcept { return tables_->wants_frames; }
bool Ruleset::wants_streams() const noexcept { return tables_->wants_streams; }
bool Ruleset::wants_packet_events() const noexcept { return !tables_->packet_events.empty(); }

}  // namespace sekisho::engines::ips
