#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "config/base/address.h"

namespace sekisho::tools {

/// Which events to show; what is empty accepts every one.
struct EventFilter {
  std::string type;  // of `event_type`
  std::string unwanted_type;
  std::optional<AddressRange> address;  // either end in it
  bool accepts(const nlohmann::json& event) const;
};

/// One EVE line as JSON; none when it is no JSON object (the writer died in the middle of it).
std::optional<nlohmann::json> parse_eve(std::string_view line);

/// One readable line without a newline. Events of types that we do not know are shown compactly.
std::string render_event(const nlohmann::json& event, bool colour);

}  // namespace sekisho::tools
