#include "pack_groups.h"

#include <algorithm>
#include <set>

#include "config/base/text_bytes.h"
#include "engines/pattern/expressions.h"
#include "engines/pattern/literals.h"
#include "pack_rule.h"

namespace sekisho::engines::ips {
namespace {

using rules::Field;
using rules::FieldDirection;
using rules::FieldKind;

/// Rules for at most so many server ports have groups of their own by port.
constexpr std::size_t kMaxPortsOfOwnGroup = 8;
/// A port with groups of so many literals has those for any port searched for together with them.
constexpr std::size_t kMinLiteralsOfJoinedPort = 8;
/// Expressions that need no more bytes before the new ones than these are searched for in few.
constexpr std::uint32_t kMaxNearReach = 256;
/// Rules are called by address when one of their sets names at most so many IPv4 addresses; a range
/// of IPv6 counts as its first 64 bits do. Wider ones overlap too much for a table of steps.
constexpr std::uint64_t kMaxAddressesOfTable = std::uint64_t{1} << 22;

bool has_direction(const RuleRecord& record, std::uint8_t direction) {
  return (record.directions >> direction & 1) != 0;
}

/// Classes of packets that the rule's IP protocols fall into.
std::vector<PayloadClass> classes_of(const rules::Rule& rule) {
  const auto& protocols = rule.header.ip_protocols;
  std::vector<PayloadClass> classes;
  if (protocols[6]) classes.push_back(PayloadClass::tcp);
  if (protocols[17]) classes.push_back(PayloadClass::udp);
  if (protocols[1] || protocols[58]) classes.push_back(PayloadClass::icmp);
  auto rest = protocols;
  for (const std::size_t protocol : {1U, 6U, 17U, 58U}) rest.reset(protocol);
  if (rest.any()) classes.push_back(PayloadClass::other);
  return classes;
}

/// At which looks at TCP's bytes a pattern calls the rule.
std::uint32_t looks_of(const RuleRecord& record, PayloadClass payload_class) {
  if (payload_class != PayloadClass::tcp) return kAtAny;
  std::uint32_t looks = 0;
  if ((record.flags & kPacketPayload) != 0) looks |= kAtPacket;
  if ((record.flags & kStreamPayload) != 0) looks |= kAtStream;
  return looks;
}

std::uint64_t num_addresses(const rules::AddressSet& set) {
  if (set.any) return ~std::uint64_t{0};
  std::uint64_t count = 0;
  for (const auto& range : set.ranges) {
    if (range.first.is_v4() && range.last.is_v4()) {
      count += std::uint64_t{range.last.v4()} - range.first.v4() + 1;
      continue;
    }
    std::uint64_t first = 0, last = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      first = first << 8 | range.first.bytes[i];
      last = last << 8 | range.last.bytes[i];
    }
    count += std::min(last - first, kMaxAddressesOfTable) + 1;
  }
  return count;
}

std::size_t num_ports(const rules::PortSet& set) {
  std::size_t count = 0;
  for (const auto& range : set.ranges) count += std::size_t{range.last} - range.first + 1;
  return count;
}

std::uint64_t port_bits(const rules::PortSet& set) {
  if (set.any) return ~std::uint64_t{0};
  std::uint64_t bits = 0;
  for (const auto& range : set.ranges)
    for (std::uint32_t port = range.first; port <= range.last; ++port) {
      bits |= std::uint64_t{1} << (port % 64);
      if (bits == ~std::uint64_t{0}) return bits;
    }
  return bits;
}

ListEntry entry_of(std::uint32_t index, const rules::Rule& rule) {
  ListEntry entry;
  entry.rule = index;
  entry.source_ports = port_bits(rule.header.source_ports);
  entry.destination_ports = port_bits(rule.header.destination_ports);
  if (rule.header.bidirectional) {
    entry.source_ports |= entry.destination_ports;
    entry.destination_ports = entry.source_ports;
  }
  for (const auto& test : rule.tests)
    if (const auto* flags = std::get_if<rules::TcpFlags>(&test))
      if (flags->mode != rules::TcpFlags::Mode::none) entry.tcp_flags_any = flags->set;
  return entry;
}

Result<std::vector<std::byte>> compile_patterns(const std::vector<pattern::Literal>& literals) {
  return pattern::compile_literals(literals);
}
Result<std::vector<std::byte>> compile_patterns(
    const std::vector<pattern::Expression>& expressions) {
  return pattern::compile_expressions(expressions);
}

bool asks_for_absence(const rules::Rule& rule) {
  for (const auto& buffer : rule.buffers)
    for (const auto& element : buffer.elements)
      if (std::holds_alternative<rules::Absent>(element)) return true;
  return false;
}

}  // namespace

void GroupPacker::add(std::uint32_t index, const RuleRecord& record, const rules::Rule& rule,
                      const FastPattern* fast) {
  if (fast != nullptr && (record.flags & kTransactional) != 0)
    return add_field_pattern(index, record, *fast);
  if (fast != nullptr) return add_payload_pattern(index, record, rule, *fast);
  if (add_event(index, rule)) return;
  if ((record.flags & kTransactional) != 0) return list_transactional(index, record, rule);
  if ((record.flags & kProtocolOnly) != 0) return list_protocol(index, record, rule);
  if (add_addresses(index, record, rule)) return;
  list_packet(index, record, rule);
}

/// What does not grow is searched as a whole, whatever its expressions need.
PatternForm GroupPacker::form_of(const FastPattern& fast, bool grows) {
  if (!fast.is_expression) return PatternForm::literals;
  return grows && fast.reach > kMaxNearReach ? PatternForm::far_expressions
                                             : PatternForm::near_expressions;
}

void GroupPacker::call(const GroupKey& key, const FastPattern& fast, std::uint32_t call) {
  const std::uint32_t options = fast.nocase ? 1 : 0;
  auto& pattern = groups_[key][{fast.bytes, fast.is_expression ? fast.options : options}];
  pattern.calls.push_back(call);
  pattern.reach = fast.reach;
}

void GroupPacker::add_field_pattern(std::uint32_t index, const RuleRecord& record,
                                    const FastPattern& fast) {
  const auto& buffer = writer_.buffers[record.buffers.first + record.fast_buffer];
  const auto& info = rules::info_of(static_cast<Field>(buffer.field));
  const auto fixed = info.direction == FieldDirection::either
                         ? static_cast<FieldDirection>(buffer.direction)
                         : info.direction;
  for (std::uint8_t direction = 0; direction < 2; ++direction) {
    if (fixed != FieldDirection::either && direction != static_cast<std::uint8_t>(fixed)) continue;
    if (fixed == FieldDirection::either && !has_direction(record, direction)) continue;
    GroupKey key;
    key.kind = static_cast<std::uint8_t>(GroupKind::field);
    key.direction = direction;
    key.field = buffer.field;
    key.transforms_first = buffer.transforms.first;
    key.transforms_count = buffer.transforms.count;
    auto looks = kAtAny;
    if (buffer.transforms.count == 0) {
      const auto field = static_cast<Field>(buffer.field);
      if (field == Field::file_data) looks = kAtFile;
      if (field == http_body_of(direction)) {
        key.field = static_cast<std::uint16_t>(Field::file_data);
        looks = kAtBody;
      }
    }
    const auto kind = rules::info_of(static_cast<Field>(key.field)).kind;
    const bool is_whole = kind != FieldKind::body || key.transforms_count != 0;
    key.form = form_of(fast, !is_whole);
    call(key, fast, index | looks);
  }
}

void GroupPacker::add_payload_pattern(std::uint32_t call, PayloadClass payload_class,
                                      std::uint8_t direction, const rules::PortSet& server_ports,
                                      const FastPattern& fast) {
  GroupKey key;
  key.kind = static_cast<std::uint8_t>(GroupKind::payload);
  key.payload_class = static_cast<std::uint8_t>(payload_class);
  key.direction = direction;
  key.form = form_of(fast, payload_class == PayloadClass::tcp);
  if (server_ports.any || num_ports(server_ports) > kMaxPortsOfOwnGroup)
    return this->call(key, fast, call);
  key.has_port = 1;
  for (const auto& range : server_ports.ranges)
    for (std::uint32_t port = range.first; port <= range.last; ++port) {
      key.port = static_cast<std::uint16_t>(port);
      this->call(key, fast, call);
    }
}

void GroupPacker::add_payload_pattern(std::uint32_t index, const RuleRecord& record,
                                      const rules::Rule& rule, const FastPattern& fast) {
  static const rules::PortSet kAnyPort;
  for (const auto payload_class : classes_of(rule)) {
    const auto looks = looks_of(record, payload_class);
    if (looks == 0) continue;
    const bool has_ports =
        payload_class != PayloadClass::icmp && payload_class != PayloadClass::other;
    for (std::uint8_t direction = 0; direction < 2; ++direction) {
      if (!has_direction(record, direction)) continue;
      const auto& of_server =
          direction == 0 ? rule.header.destination_ports : rule.header.source_ports;
      const bool any = !has_ports || rule.header.bidirectional;
      add_payload_pattern(index | looks, payload_class, direction, any ? kAnyPort : of_server,
                          fast);
    }
  }
}

void GroupPacker::list_transactional(std::uint32_t index, const RuleRecord& record,
                                     const rules::Rule& rule) {
  // Called when the last of its fields is final; where that is a body, whenever it grows.
  std::uint8_t stage[2] = {0, 0};
  std::set<std::pair<std::uint8_t, Field>> bodies;
  const auto add = [&](Field field, FieldDirection asked = FieldDirection::either) {
    if (is_packet_field(field) || field == Field::base64_data) return;
    const auto& info = rules::info_of(field);
    const auto fixed = info.direction == FieldDirection::either ? asked : info.direction;
    for (std::uint8_t direction = 0; direction < 2; ++direction) {
      if (fixed != FieldDirection::either && direction != static_cast<std::uint8_t>(fixed))
        continue;
      if (fixed == FieldDirection::either && !has_direction(record, direction)) continue;
      stage[direction] = std::max(stage[direction], info.stage);
      if (info.kind == FieldKind::body && !is_file_field(field)) bodies.emplace(direction, field);
    }
  };
  for (const auto& buffer : rule.buffers) add(buffer.field, buffer.direction);
  for (const auto& test : rule.tests)
    if (const auto* number = std::get_if<rules::FieldNumberTest>(&test))
      add(number->field);
    else if (const auto* state = std::get_if<rules::ApplicationStateTest>(&test))
      stage[state->direction == FieldDirection::to_server ? 0 : 1] =
          std::min<std::uint8_t>(state->stage, kNumStages);
  const ListEntry entry = entry_of(index, rule);
  if ((record.flags & kNeedsFile) != 0) {
    for (std::uint8_t direction = 0; direction < 2; ++direction)
      if (has_direction(record, direction))
        lists_[{static_cast<std::uint8_t>(ListKind::file), 0, direction, 0, 0}].push_back(entry);
    if (!asks_for_absence(rule)) return;
    // That there is no file is known when the transaction ends.
    for (std::uint8_t direction = 0; direction < 2; ++direction)
      if (has_direction(record, direction)) stage[direction] = kNumStages;
    bodies.clear();
  }
  for (const auto& [direction, field] : bodies)
    lists_[{static_cast<std::uint8_t>(ListKind::body), 0, direction, 0,
            static_cast<std::uint16_t>(field)}]
        .push_back(entry);
  if (!bodies.empty()) return;
  for (std::uint8_t direction = 0; direction < 2; ++direction)
    for (std::uint8_t protocol = 0; protocol < rules::kNumProtocols; ++protocol) {
      const auto bits = protocols_seen_in(static_cast<rules::Protocol>(protocol));
      if (stage[direction] == 0 ||
          (record.app_protocols != 0 && (record.app_protocols & bits) == 0))
        continue;
      lists_[{static_cast<std::uint8_t>(ListKind::transaction), protocol, direction,
              stage[direction], 0}]
          .push_back(entry);
    }
}

void GroupPacker::list_protocol(std::uint32_t index, const RuleRecord& record,
                                const rules::Rule& rule) {
  const ListEntry entry = entry_of(index, rule);
  for (std::uint8_t protocol = 1; protocol < rules::kNumProtocols; ++protocol) {
    const auto bits = protocols_seen_in(static_cast<rules::Protocol>(protocol));
    if (record.app_protocols != 0 && (record.app_protocols & bits) == 0) continue;
    for (std::uint8_t direction = 0; direction < 2; ++direction)
      if (has_direction(record, direction))
        lists_[{static_cast<std::uint8_t>(ListKind::protocol), protocol, direction, 0, 0}]
            .push_back(entry);
  }
}

void GroupPacker::list_packet(std::uint32_t index, const RuleRecord& record,
                              const rules::Rule& rule) {
  const ListEntry entry = entry_of(index, rule);
  const auto add = [&](ListKind kind, PayloadClass payload_class, std::uint8_t direction) {
    lists_[{static_cast<std::uint8_t>(kind), static_cast<std::uint8_t>(payload_class), direction, 0,
            0}]
        .push_back(entry);
  };
  const auto kind = (record.flags & kIpOnly) != 0 ? ListKind::address : ListKind::packet;
  for (const auto payload_class : classes_of(rule)) {
    const auto looks = looks_of(record, payload_class);
    for (std::uint8_t direction = 0; direction < 2; ++direction) {
      if (!has_direction(record, direction)) continue;
      if ((looks & kAtPacket) != 0) add(kind, payload_class, direction);
      if (payload_class == PayloadClass::tcp && (looks & kAtStream) != 0)
        add(ListKind::stream, payload_class, direction);
    }
  }
}

bool GroupPacker::add_event(std::uint32_t index, const rules::Rule& rule) {
  for (const auto& test : rule.tests) {
    if (const auto* event = std::get_if<rules::DecodeEvent>(&test)) {
      packet_events_[event->name].push_back(index);
      return true;
    }
    if (const auto* event = std::get_if<rules::ApplicationEvent>(&test)) {
      application_events_[event->name].push_back(index);
      return true;
    }
  }
  return false;
}

bool GroupPacker::add_addresses(std::uint32_t index, const RuleRecord& record,
                                const rules::Rule& rule) {
  const bool is_of_stream = (record.flags & kStreamPayload) != 0 && rule.header.ip_protocols[6];
  if (!rule.buffers.empty() || rule.header.bidirectional || is_of_stream) return false;
  const auto sources = num_addresses(rule.header.source);
  const auto destinations = num_addresses(rule.header.destination);
  if (std::min(sources, destinations) > kMaxAddressesOfTable) return false;
  const std::size_t side = sources <= destinations ? 0 : 1;
  by_address_[side].emplace_back((side == 0 ? rule.header.source : rule.header.destination).ranges,
                                 index);
  return true;
}

void GroupPacker::write_lists() {
  for (auto& [key, entries] : lists_) {
    ListRecord record;
    record.kind = key.kind;
    record.which = key.which;
    record.direction = key.direction;
    record.stage = key.stage;
    record.field = key.field;
    record.rules = append(writer_.list_entries, entries);
    writer_.lists.push_back(record);
  }
  const auto write_events = [this](const auto& events, std::vector<EventRecord>& out) {
    for (const auto& [name, called] : events)
      out.push_back({writer_.add_text(name), writer_.add_ids(called)});
  };
  write_events(packet_events_, writer_.packet_events);
  write_events(application_events_, writer_.application_events);
  writer_.source_steps = address_steps(by_address_[0], writer_);
  writer_.destination_steps = address_steps(by_address_[1], writer_);
}

std::vector<pattern::Literal> GroupPacker::literals_of(const Group& group) {
  std::vector<pattern::Literal> literals;
  for (const auto& [key, pattern] : group)
    literals.push_back({key.bytes, key.options != 0, static_cast<std::uint32_t>(literals.size())});
  return literals;
}

std::vector<pattern::Expression> GroupPacker::expressions_of(const Group& group) {
  std::vector<pattern::Expression> expressions;
  for (const auto& [key, pattern] : group)
    expressions.push_back(
        {as_text(key.bytes), key.options, static_cast<std::uint32_t>(expressions.size())});
  return expressions;
}

template <class T>
Result<std::uint32_t> GroupPacker::database_of(const std::vector<T>& patterns, Slice called) {
  const auto address = address_of(patterns);
  if (const auto shared = writer_.share_database(address, called)) return *shared;
  if (const auto known = known_.find(address); !known.empty())
    return writer_.add_database(address, known, called);
  const auto serialised = compile_patterns(patterns);
  if (!serialised) return Error{serialised.error()};
  return writer_.add_database(address, *serialised, called);
}

Result<std::uint32_t> GroupPacker::database_of(const GroupKey& key, const Group& group) {
  const bool is_literal = key.form == PatternForm::literals;
  std::vector<PatternRecord> records;
  for (const auto& [pattern_key, pattern] : group) {
    const auto bytes = is_literal ? static_cast<std::uint32_t>(pattern_key.bytes.size()) : 0;
    records.push_back({writer_.add_ids(pattern.calls), bytes});
  }
  const auto called = append(writer_.patterns, records);
  return is_literal ? database_of(literals_of(group), called)
                    : database_of(expressions_of(group), called);
}

/// One search for a packet of a much used port instead of two.
void GroupPacker::join_ports() {
  for (auto& [key, group] : groups_) {
    if (key.has_port == 0 || group.size() < kMinLiteralsOfJoinedPort) continue;
    auto any = key;
    any.has_port = 0;
    any.port = 0;
    joined_.insert(key);
    const auto found = groups_.find(any);
    if (found == groups_.end()) continue;
    for (const auto& [pattern_key, pattern] : found->second) {
      auto& all = group[pattern_key];
      all.calls.insert(all.calls.end(), pattern.calls.begin(), pattern.calls.end());
      all.reach = pattern.reach;
    }
  }
}

Result<GroupRecord> GroupPacker::record_of(const GroupKey& key, const Group& group) {
  auto database = database_of(key, group);
  if (!database) return std::move(database).error();
  GroupRecord record;
  for (const auto& [pattern_key, pattern] : group) {
    for (const auto call : pattern.calls) record.looks |= call & kAtAny;
    record.reach = std::max(record.reach, pattern.reach);
  }
  record.kind = key.kind;
  record.payload_class = key.payload_class;
  record.direction = key.direction;
  record.has_port = key.has_port;
  record.has_any = joined_.contains(key) ? 1 : 0;
  record.field = key.field;
  record.port = key.port;
  record.transforms = {key.transforms_first, key.transforms_count};
  record.database = *database;
  record.form = key.form;
  return record;
}

Status GroupPacker::finish() {
  join_ports();
  for (const auto& [key, group] : groups_) {
    auto record = record_of(key, group);
    if (!record) return std::move(record).error();
    writer_.groups.push_back(*record);
  }
  write_lists();
  return ok();
}

}  // namespace sekisho::engines::ips
