#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "config/base/result.h"
#include "feed_builder.h"

namespace sekisho::rules {

/// invalid_input, with line and column: it is no JSON, too long or nested too deep.
Result<nlohmann::json> parse_feed_json(std::string_view text);

/// The format of a JSON text; nothing: it is neither.
std::optional<FeedFormat> json_format(const nlohmann::json& json);

void read_misp(const nlohmann::json& json, FeedBuilder& builder);
void read_stix(const nlohmann::json& json, FeedBuilder& builder);

/// `json`'s member, or null where it is no object or has none.
const nlohmann::json& member(const nlohmann::json& json, const char* name);
/// The text of a member; empty where there is none.
std::string text_of(const nlohmann::json& json, const char* name);

}  // namespace sekisho::rules
