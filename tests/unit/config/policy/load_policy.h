#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/policy/policy.h"

namespace sekisho::policy {

/// The policy in `yaml`, which must be without mistakes.
inline LoadedPolicy load_good(std::string_view yaml) {
  auto loaded = load_yaml(yaml);
  if (const auto* mistakes = std::get_if<std::vector<Diagnostic>>(&loaded))
    FAIL(format(*mistakes, "policy.yaml"));
  return std::get<LoadedPolicy>(std::move(loaded));
}

/// What load_yaml says against `yaml`, which must have a mistake, as "line:column: message" lines.
inline std::string load_bad(std::string_view yaml) {
  const auto loaded = load_yaml(yaml);
  REQUIRE(std::holds_alternative<std::vector<Diagnostic>>(loaded));
  std::string text = format(std::get<std::vector<Diagnostic>>(loaded), "");
  std::string without_file;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    without_file += text.substr(begin + 1, end - begin);
    begin = end + 1;
  }
  return without_file;
}

inline std::string warnings_of(std::string_view yaml) {
  std::string text;
  for (const auto& warning : load_good(yaml).warnings)
    text += std::to_string(warning.position.line) + ": " + warning.message + "\n";
  return text;
}

}  // namespace sekisho::policy
