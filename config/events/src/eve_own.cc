// Lines that are about no flow: counters, and what befell policy and content.
#include <algorithm>

#include "config/events/eve.h"
#include "config/events/json_writer.h"
#include "eve_time.h"

namespace sekisho::events {
namespace {

using Counter = std::map<std::string, std::uint64_t>::const_iterator;

/// Nests the counters of [first, last), which share the first `depth` bytes of their names. Names
/// are sorted, so all that begin alike stand together.
void write_counters(JsonWriter& json, Counter first, Counter last, std::size_t depth) {
  while (first != last) {
    const std::string_view rest = std::string_view(first->first).substr(depth);
    const auto element = rest.substr(0, rest.find('.'));
    const bool is_leaf = element.size() == rest.size();
    if (is_leaf) {
      json.member(element, first->second);
      ++first;
      continue;
    }
    const auto prefix = first->first.substr(0, depth + element.size() + 1);
    const auto end = std::find_if(first, last, [&](const auto& counter) {
      return !std::string_view(counter.first).starts_with(prefix);
    });
    json.begin_object(element);
    write_counters(json, first, end, prefix.size());
    json.end_object();
    first = end;
  }
}

/// `write` puts in what stands behind time and type.
template <class Write>
std::string line_of_type(std::uint64_t time_ns, std::string_view event_type, Write write) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  json.member("timestamp", EveTime(time_ns).text()).member("event_type", event_type);
  write(json, line);
  json.end_object();
  return line;
}

}  // namespace

std::string stats_to_eve(std::uint64_t time_ns, std::uint64_t uptime_seconds,
                         const std::map<std::string, std::uint64_t>& counters) {
  return line_of_type(time_ns, "stats", [&](JsonWriter& json, std::string&) {
    json.begin_object("stats").member("uptime", uptime_seconds);
    write_counters(json, counters.begin(), counters.end(), 0);
    json.end_object();
  });
}

std::string policy_change_to_eve(std::uint64_t time_ns, std::string_view what, std::uint32_t serial,
                                 std::string_view content_address, std::string_view detail) {
  return line_of_type(time_ns, "policy_change", [&](JsonWriter& json, std::string&) {
    json.begin_object("policy_change").member("what", what).member("serial", serial);
    if (!content_address.empty()) json.member("content_address", content_address);
    if (!detail.empty()) json.member("detail", detail);
    json.end_object();
  });
}

std::string own_to_eve(std::uint64_t time_ns, std::string_view event_type,
                       std::string_view members) {
  return line_of_type(time_ns, event_type, [&](JsonWriter&, std::string& line) {
    if (!members.empty()) line.append(",").append(members);
  });
}

std::string content_age_to_eve(std::uint64_t time_ns, std::string_view what, std::string_view kind,
                               std::uint64_t age_seconds, std::uint64_t max_age_seconds) {
  return line_of_type(time_ns, "content", [&](JsonWriter& json, std::string&) {
    json.begin_object("content").member("what", what).member("kind", kind);
    json.member("age_seconds", age_seconds).member("max_age_seconds", max_age_seconds);
    json.end_object();
  });
}

}  // namespace sekisho::events
