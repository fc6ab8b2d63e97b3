#include <algorithm>

#include "core.h"

namespace sekisho::engines::ips {
namespace {

std::uint16_t server_port_of(const Look& look) noexcept {
  if (look.flow != nullptr) return look.flow->server_port;
  return look.direction == Direction::to_server ? look.packet->destination_port
                                                : look.packet->source_port;
}

}  // namespace

void Detector::Core::add_candidate(std::uint32_t rule, bool proven,
                                   std::uint64_t pattern_end) noexcept {
  if (seen[rule] == look_number) return;
  if (num_candidates == kMaxCandidates) {
    ++counts.candidates_lost;
    return;
  }
  seen[rule] = look_number;
  candidates[num_candidates++] = {rule, proven, pattern_end};
}

struct Detector::Core::ScanContext {
  Core* core;
  std::span<const PatternRecord> patterns;
  Search search;
};

int Detector::Core::on_match(unsigned int id, unsigned long long, unsigned long long to,
                             unsigned int, void* context) {
  auto& scan = *static_cast<ScanContext*>(context);
  if (id >= scan.patterns.size()) return 0;
  auto& core = *scan.core;
  const auto& search = scan.search;
  const auto& pattern = scan.patterns[id];
  const bool proven = to > search.overlap;
  // Hyperscan tells a literal's first place only: one before the other look's bytes says that there
  // may be another among them.
  const bool proven_to_other = proven && to >= search.kept_from + pattern.bytes;
  for (const auto call : core.tables.of(core.tables.ids, pattern.calls)) {
    if ((call & search.look) != 0)
      core.add_candidate(call & kRuleOfCall, proven, search.origin + to);
    if (search.kept != nullptr && (call & ~search.look & kAtAny) != 0)
      search.kept->add(call & kRuleOfCall, proven_to_other);
  }
  return 0;
}

void Detector::Core::scan(std::uint32_t group, Bytes bytes, const Search& search) noexcept {
  const auto index = tables.groups[group].database;
  ++counts.scans;
  counts.scanned_bytes += bytes.size();
  const auto& record = tables.database_records[index];
  ScanContext context{this, tables.of(tables.patterns, record.patterns), search};
  tables.databases[index].scan(bytes, scratch, on_match, &context);
}

void Detector::Core::scan_grown(std::uint32_t group, const Grown& grown) noexcept {
  const std::size_t reach = tables.groups[group].reach;
  const auto overlap = std::min(reach, grown.bytes.size() - grown.fresh);
  auto bytes = grown.bytes.last(grown.fresh + overlap);
  const auto origin = grown.origin + (grown.bytes.size() - bytes.size());
  if (grown.fresh_is_known) {
    // Left is what lies on both sides of where the new bytes begin.
    if (overlap == 0) return;
    bytes = bytes.first(overlap + std::min(grown.fresh, reach));
  }
  scan(group, bytes,
       {.look = grown.look, .overlap = overlap, .origin = origin, .kept = grown.kept});
}

void Detector::Core::scan_payload(const Look& look, PayloadClass payload_class,
                                  const Grown& grown) noexcept {
  if (grown.bytes.empty()) return;
  const auto port = server_port_of(look);
  for (const auto& groups :
       tables.payload_groups[index_of_class(payload_class)][index_of(look.direction)]) {
    const auto found = std::lower_bound(groups.by_port.begin(), groups.by_port.end(),
                                        std::pair<std::uint16_t, std::uint32_t>(port, 0));
    const bool has_own = found != groups.by_port.end() && found->first == port;
    if (has_own) scan_grown(found->second, grown);
    const bool done = has_own && tables.groups[found->second].has_any != 0;
    if (!done && groups.any != kNone) scan_grown(groups.any, grown);
  }
}

/// What the search in these bytes found for this look is known from the look before.
bool Detector::Core::recall(KeptCalls& kept, Bytes bytes, Direction direction,
                            std::uint64_t pattern_end) noexcept {
  if (!kept.is_of(bytes, direction, packets_begun)) return false;
  for (const auto& call : kept.calls()) add_candidate(call.rule, call.proven, pattern_end);
  kept.forget();
  return true;
}

void Detector::Core::scan_field(const Look& look, std::uint32_t index) noexcept {
  const auto& group = tables.groups[index];
  const auto field = static_cast<rules::Field>(group.field);
  const auto side = static_cast<Direction>(group.direction);
  const bool is_list = rules::info_of(field).kind == rules::FieldKind::list;
  for (std::uint32_t instance = 0; instance < (is_list ? kMaxInstances : 1); ++instance) {
    const auto value = field_value(look, field, side, instance);
    if (!value) return;
    const auto bytes = group.transforms.count != 0 ? transformed(group.transforms, *value) : *value;
    if (!bytes.empty()) scan(index, bytes, {});
  }
}

void Detector::Core::add_list(const Look& look, std::uint32_t list) noexcept {
  if (list == kNone) return;
  const auto& packet = *look.packet;
  const auto [source, destination] = ports_of(look);
  for (const auto& entry : tables.of(tables.list_entries, tables.lists[list].rules)) {
    if ((entry.source_ports >> (source % 64) & 1) == 0 ||
        (entry.destination_ports >> (destination % 64) & 1) == 0)
      continue;
    if (entry.tcp_flags_any != 0 && (entry.tcp_flags_any & packet.tcp_flags) == 0) continue;
    add_candidate(entry.rule, false, 0);
  }
}

void Detector::Core::add_events(std::span<const EventRecord> events,
                                std::span<const std::string_view> names) noexcept {
  if (events.empty()) return;
  for (const auto name : names)
    for (const auto& event : events)
      if (tables.text(event.name) == name)
        for (const auto rule : tables.of(tables.ids, event.rules)) add_candidate(rule, false, 0);
}

void Detector::Core::add_by_address(const Look& look) noexcept {
  for (std::size_t side = 0; side < 2; ++side) {
    const auto steps = tables.steps[side];
    if (steps.empty()) continue;
    const auto& address = side == 0 ? source_of(look) : destination_of(look);
    if (address.is_v4()) {
      const auto prefix = address.v4() >> 16;
      if ((tables.step_bits[side][prefix / 64] >> (prefix % 64) & 1) == 0) continue;
    }
    const auto behind = std::upper_bound(
        steps.begin(), steps.end(), address,
        [](const IpAddress& one, const AddressStep& step) { return one < step.first; });
    if (behind == steps.begin()) continue;
    for (const auto rule : tables.of(tables.ids, std::prev(behind)->rules))
      add_candidate(rule, false, 0);
  }
}

void Detector::Core::sort_candidates() noexcept {
  counts.candidates += num_candidates;
  if (num_candidates > 1)
    std::sort(candidates.get(), candidates.get() + num_candidates,
              [](const Candidate& a, const Candidate& b) { return a.rule < b.rule; });
}

}  // namespace sekisho::engines::ips
