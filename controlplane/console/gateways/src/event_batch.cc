#include "controlplane/console/gateways/event_batch.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "config/base/address.h"
#include "config/base/hex.h"
#include "controlplane/console/store/json_depth.h"
#include "controlplane/proto/gateway_link.pb.h"
#include "eve_time.h"
#include "inflate_door.h"

namespace sekisho::console {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxShortText = 40;  // type, action, protocol
constexpr std::size_t kMaxName = 1000;     // of rules and applications
constexpr std::size_t kMaxEpoch = 64;
constexpr std::int64_t kMaxVersion = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kFutureMs = 300'000;  // how far ahead a box's clock may be

/// The member of an object; null where either is missing.
const json& member(const json& object, const char* name) {
  static const json kNull;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? kNull : *found;
}

/// PostgreSQL has no text with a zero in it.
std::string text_of(const json& value, std::size_t max_bytes) {
  if (!value.is_string()) return "";
  auto text = value.get<std::string>();
  text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;  // not within a character of UTF-8
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

std::int64_t number_of(const json& value, std::int64_t max) {
  if (!value.is_number_unsigned()) return 0;
  const auto number = value.get<std::uint64_t>();
  return number <= static_cast<std::uint64_t>(max) ? static_cast<std::int64_t>(number) : 0;
}

std::string address_of(const json& value) {
  if (!value.is_string()) return "";
  const auto address = parse_ip_address(value.get_ref<const std::string&>());
  if (!address) return "";
  return to_hex(address->bytes);
}

EventRow invalid_row(std::string_view line, std::int64_t now) {
  EventRow row;
  row.time = now;
  row.type = "invalid";
  row.eve = json{{"invalid", line.substr(0, kMaxLineBytes)}}.dump(-1, ' ', false,
                                                                  json::error_handler_t::replace);
  return row;
}

/// What a rule of the policy did, or an IPS rule: its message stands where the other's name does.
/// Of a callback to a C&C server that is what was called, of an evasion its kind.
void take_rule(const json& event, EventRow& row) {
  const json& policy = member(event, "policy");
  row.version = number_of(member(policy, "bundle_version"), kMaxVersion);
  if (row.type == "alert") {
    const json& alert = member(event, "alert");
    const auto action = text_of(member(alert, "action"), kMaxShortText);
    row.action = action == "blocked" ? "block" : action == "allowed" ? "monitor" : "";
    row.rule = text_of(member(alert, "signature"), kMaxName);
    return;
  }
  if (row.type == "callback") {
    const json& callback = member(event, "callback");
    const auto action = text_of(member(callback, "action"), kMaxShortText);
    row.action = action == "monitored" ? "monitor" : action.empty() ? "" : "block";
    row.rule = text_of(member(callback, "indicator"), kMaxName);
    return;
  }
  if (row.type == "evasion") {
    const json& evasion = member(event, "evasion");
    const auto action = text_of(member(evasion, "action"), kMaxShortText);
    row.action = action == "logged" ? "monitor" : action == "blocked" ? "block" : "";
    row.rule = text_of(member(evasion, "kind"), kMaxName);
    return;
  }
  row.action = text_of(member(policy, "action"), kMaxShortText);
  row.rule = text_of(member(policy, "name"), kMaxName);
}

EventRow row_of(std::string_view line, std::int64_t now) {
  // A page of the log has a thousand rows, which are read and written again.
  if (line.size() > kMaxLineBytes || nested_deeper(line, kMaxGatewayJsonLevels))
    return invalid_row(line, now);
  const json event = json::parse(line, nullptr, false);
  if (!event.is_object()) return invalid_row(line, now);
  constexpr std::int64_t kMaxPort = 65'535;
  EventRow row;
  const json& timestamp = member(event, "timestamp");
  const auto time = timestamp.is_string() ? parse_eve_time(timestamp.get_ref<const std::string&>())
                                          : std::nullopt;
  // Rows of the future would never grow old enough to be deleted.
  row.time = time && *time <= now + kFutureMs ? *time : now;
  row.type = text_of(member(event, "event_type"), kMaxShortText);
  take_rule(event, row);
  row.source = address_of(member(event, "src_ip"));
  row.source_port = static_cast<int>(number_of(member(event, "src_port"), kMaxPort));
  row.destination = address_of(member(event, "dest_ip"));
  row.destination_port = static_cast<int>(number_of(member(event, "dest_port"), kMaxPort));
  row.protocol = text_of(member(event, "proto"), kMaxShortText);
  row.application = text_of(member(member(event, "app"), "name"), kMaxName);
  row.eve = line;
  return row;
}

Error wrong(const std::string& what) {
  return {Error::Code::invalid_input, "event batch: " + what};
}

bool is_epoch(std::string_view text) {
  return !text.empty() && text.size() <= kMaxEpoch &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '-';
         });
}

Status check_head(const link::v1::EventBatch& batch) {
  constexpr auto kMaxSequence =
      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - kMaxBatchLines;
  if (!is_epoch(batch.epoch())) return wrong("its epoch is none");
  if (batch.first_sequence() == 0 || batch.first_sequence() > kMaxSequence)
    return wrong("sequence numbers count from 1");
  if (batch.lines() == 0 || batch.lines() > kMaxBatchLines)
    return wrong("has " + std::to_string(batch.lines()) + " lines, 1 to " +
                 std::to_string(kMaxBatchLines) + " are allowed");
  if (batch.raw_bytes() > kMaxBatchBytes || batch.zlib().size() > kMaxBatchBytes)
    return wrong("is longer than " + std::to_string(kMaxBatchBytes) + " bytes");
  return ok();
}

}  // namespace

Result<EventLines> read_event_batch(const link::v1::EventBatch& batch, std::int64_t now) {
  if (auto checked = check_head(batch); !checked) return std::move(checked).error();
  const auto text = inflate_exactly(batch.zlib(), batch.raw_bytes());
  if (!text) return wrong("does not unpack to " + std::to_string(batch.raw_bytes()) + " bytes");
  const auto lines = std::count(text->begin(), text->end(), '\n');
  if (static_cast<std::uint64_t>(lines) != batch.lines() || !text->ends_with('\n'))
    return wrong("unpacks to " + std::to_string(lines) + " lines instead of " +
                 std::to_string(batch.lines()));
  EventLines result{batch.epoch(), batch.first_sequence(), {}, 0};
  result.rows.reserve(batch.lines());
  for (std::string_view rest = *text; !rest.empty();) {
    const auto end = rest.find('\n');
    result.rows.push_back(row_of(rest.substr(0, end), now));
    result.bytes += sizeof(EventRow) + result.rows.back().eve.size();
    rest.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace sekisho::console
