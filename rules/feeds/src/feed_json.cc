#include <algorithm>

#include "config/base/json_depth.h"
#include "json_feeds.h"

namespace sekisho::rules {
namespace {

using nlohmann::json;

std::string position_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto begin = before.rfind('\n');
  const auto column = before.size() - (begin == before.npos ? 0 : begin + 1);
  return "line " + std::to_string(line) + ", column " +
         std::to_string(std::max<std::size_t>(column, 1));
}

Error wrong(std::string message) { return {Error::Code::invalid_input, std::move(message)}; }

bool has_event(const json& each) { return member(each, "Event").is_object(); }

}  // namespace

const json& member(const json& json_value, const char* name) {
  static const json kNull;
  if (!json_value.is_object()) return kNull;
  const auto found = json_value.find(name);
  return found == json_value.end() ? kNull : *found;
}

std::string text_of(const json& json_value, const char* name) {
  const auto& found = member(json_value, name);
  return found.is_string() ? found.get<std::string>() : std::string();
}

Result<json> parse_feed_json(std::string_view text) {
  if (text.size() > kMaxFeedJsonBytes)
    return wrong("JSON of more than " + std::to_string(kMaxFeedJsonBytes) + " bytes");
  if (nested_deeper(text, kMaxFeedJsonDepth))
    return wrong("JSON of more than " + std::to_string(kMaxFeedJsonDepth) + " levels");
  try {
    return json::parse(text);
  } catch (const json::parse_error& problem) {
    return wrong(position_of(text, problem.byte) + ": no JSON from here on");
  } catch (const json::exception&) {  // a number that no double holds
    return wrong("the JSON has a number that is out of range");
  }
}

std::optional<FeedFormat> json_format(const json& value) {
  if (member(value, "objects").is_array()) return FeedFormat::stix;
  const auto& response = member(value, "response");
  const bool is_misp = has_event(value) || member(value, "Attribute").is_array() ||
                       response.is_array() || response.is_object() ||
                       (value.is_array() && !value.empty() && has_event(value.front()));
  if (is_misp) return FeedFormat::misp;
  return std::nullopt;
}

}  // namespace sekisho::rules
