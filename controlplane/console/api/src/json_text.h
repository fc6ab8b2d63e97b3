#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace sekisho::console {

using Json = nlohmann::json;

/// Of a document from outside. A policy has at most 16 levels.
inline constexpr std::size_t kMaxJsonDepth = 32;

/// Why a text is no JSON that we take.
struct NoJson {
  std::string message;
};

/// RFC 8259, UTF-8. Refused besides: a member that occurs twice, U+0000, and more than
/// kMaxJsonDepth levels.
std::variant<Json, NoJson> parse_json(std::string_view text);

/// The one text of a value: members sorted by name, no white space. What parse_json gave has one.
std::string canonical(const Json& value);

/// One more step of a JSON pointer (RFC 6901).
std::string pointer_to(const std::string& parent, std::string_view member);
std::string pointer_to(const std::string& parent, std::size_t index);

}  // namespace sekisho::console
