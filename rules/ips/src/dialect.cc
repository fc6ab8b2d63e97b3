#include "dialect.h"

#include <algorithm>

#include "text.h"

namespace sekisho::rules {
namespace {

/// A comma behind a content's closing quote.
bool has_inner_modifiers(const RuleOption& option) noexcept {
  if (option.name != "content") return false;
  const auto quote = option.value.rfind('"');
  return quote != std::string_view::npos && option.value.find(',', quote) != std::string_view::npos;
}

/// Buffers in Snort 3 that are modifiers of the content before them in Suricata.
bool is_legacy_buffer(std::string_view name) noexcept {
  static constexpr std::string_view kNames[] = {
      "http_uri",    "http_raw_uri",     "http_header",    "http_raw_header", "http_method",
      "http_cookie", "http_client_body", "http_stat_code", "http_stat_msg"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace

Dialect dialect_of(const RuleParts& parts, bool has_addresses) {
  if (!has_addresses) return Dialect::snort3;
  bool content_seen = false;
  for (const auto& option : parts.options) {
    if (option.name == "service" || option.name == "rem" || option.name == "bufferlen" ||
        option.name == "raw_data" || option.name == "soid")
      return Dialect::snort3;
    if (has_inner_modifiers(option)) return Dialect::snort3;
    // A modifier in front of all contents would be about nothing.
    if (!content_seen && is_legacy_buffer(option.name)) return Dialect::snort3;
    content_seen |= option.name == "content" || option.name == "uricontent";
  }
  return Dialect::suricata;
}

}  // namespace sekisho::rules
