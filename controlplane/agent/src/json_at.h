#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

/// Members of a JSON object that another process or a file gives: what is not there or is something
/// else counts as zero and as empty.
namespace sekisho::controlplane {

template <std::unsigned_integral Number = std::uint64_t>
Number number_at(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number_unsigned()) return 0;
  return static_cast<Number>(
      std::min<std::uint64_t>(it->get<std::uint64_t>(), std::numeric_limits<Number>::max()));
}

inline std::string text_at(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

}  // namespace sekisho::controlplane
