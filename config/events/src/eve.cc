#include "config/events/eve.h"

#include <algorithm>

#include "config/events/drop_reason.h"
#include "eve_parts.h"

namespace sekisho::events {
namespace {

std::string_view type_name(EventType type) {
  switch (type) {
    case EventType::flow:
      return "flow";
    case EventType::drop:
      return "drop";
    case EventType::policy:
      return "policy";
    case EventType::anomaly:
      return "anomaly";
    case EventType::text:  // names its own type
    case EventType::continuation:
      break;
  }
  return "unknown";
}

void write_anomaly(JsonWriter& json, const EventRecord& record) {
  json.begin_object("anomaly");
  json.member("type", "decode");
  json.member("event", name_of(static_cast<DropReason>(record.anomaly.reason)));
  json.end_object();
}

/// A record that is no text, with its continuations.
std::string line_of(std::span<const EventRecord> records, const EveNames& names) {
  const auto& record = records.front();
  std::string line;
  line.reserve(kLineBytes);
  JsonWriter json(line);
  json.begin_object();
  // A drop is about a packet: its own source and target.
  const bool swapped = is_to_client(record);
  write_head(json, record, names, type_name(record.type), swapped);
  write_ether(json, record, names, swapped);
  switch (record.type) {
    case EventType::flow:
      write_flow(json, record, names);
      break;
    case EventType::drop:
      write_drop(json, record, names);
      break;
    case EventType::policy:
      write_policy(json, records, names);
      break;
    case EventType::anomaly:
      write_anomaly(json, record);
      break;
    case EventType::text:
    case EventType::continuation:
      break;
  }
  json.end_object();
  return line;
}

}  // namespace

std::string to_eve(const EventRecord& record, const EveNames& names) {
  return line_of({&record, 1}, names);
}

std::size_t num_records(const EventRecord& first) noexcept {
  const std::size_t more = first.type == EventType::text     ? first.text.continuations
                           : first.type == EventType::policy ? first.policy.continuations
                                                             : 0;
  return 1 + std::min(more, kMaxTextRecords - 1);
}

EveLine next_eve(std::span<const EventRecord> records, const EveNames& names) {
  const auto& first = records.front();
  const auto taken = std::min(num_records(first), records.size());
  const auto event = records.first(taken);
  if (first.type == EventType::text) return {text_to_eve(event, names), taken};
  return {line_of(event, names), taken};
}

}  // namespace sekisho::events
