// Lines that another process wrote as text.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "eve_parts.h"

namespace sekisho::events {
namespace {

/// Event type and members of a text, put together again.
struct Text {
  std::string type = "unknown";
  std::string members;
};

bool is_type_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// Another process wrote it: what is no JSON becomes an anomaly of its own.
Text join(std::span<const EventRecord> records) {
  std::string bytes;
  for (const auto& record : records) {
    const bool fits = &record == records.data() ? record.type == EventType::text
                                                : record.type == EventType::continuation;
    if (!fits) break;
    bytes.append(record.text.text.data(),
                 std::min<std::size_t>(record.text.bytes, TextFields::kBytes));
  }
  const auto end = bytes.find('\0');
  const auto type = std::string_view(bytes).substr(0, end);
  if (end == std::string::npos || !is_type_name(type) ||
      !nlohmann::json::accept("{" + bytes.substr(end + 1) + "}"))
    return {"anomaly", R"("anomaly":{"type":"decode","event":"damaged_record"})"};
  return {std::string(type), bytes.substr(end + 1)};
}

}  // namespace

std::string text_to_eve(std::span<const EventRecord> records, const EveNames& names) {
  const auto text = join(records);
  std::string line;
  line.reserve(kLineBytes + text.members.size());
  JsonWriter json(line);
  json.begin_object();
  const bool swapped = is_to_client(records.front());
  write_head(json, records.front(), names, text.type, swapped);
  write_ether(json, records.front(), names, swapped);
  if (!text.members.empty()) line.append(",").append(text.members);
  if (text.type == "drop" && records.front().rule != 0) {
    begin_policy(json, records.front(), names);
    json.end_object();
  }
  json.end_object();
  return line;
}

}  // namespace sekisho::events
