#pragma once

#include <yaml-cpp/yaml.h>

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/base/result.h"

namespace sekisho::box {

/// "LINE:COLUMN: message", both from 1.
Error mistake_at(const YAML::Node& node, std::string_view message);

/// Strict reading of one YAML mapping: each key is asked for once by the caller; what was not asked
/// for, stands twice or has the wrong type is refused with its place.
class YamlMap {
 public:
  /// `what` names the mapping in messages: "the box file", "a port".
  static Result<YamlMap> open(const YAML::Node& node, std::string_view what);

  /// The value of `key`, or an undefined node; marks the key as known.
  YAML::Node take(std::string_view key);

  Status text(std::string_view key, std::string& out);
  Status boolean(std::string_view key, bool& out);

  /// Leaves `out` alone when the key is absent; refuses what is not within [least, most].
  template <std::unsigned_integral T>
  Status number(std::string_view key, T& out, std::uint64_t least, std::uint64_t most) {
    const YAML::Node node = take(key);
    if (!node.IsDefined()) return ok();
    auto value = number_of(node, key, least, most);
    if (!value) return std::move(value).error();
    out = static_cast<T>(*value);
    return ok();
  }

  /// The mistake of the first key that nobody took.
  Status refuse_unknown() const;

  const YAML::Node& node() const { return node_; }

  static Result<std::uint64_t> number_of(const YAML::Node& node, std::string_view key,
                                         std::uint64_t least, std::uint64_t most);

 private:
  struct Entry {
    std::string key;
    YAML::Node key_node;
    YAML::Node value;
    bool taken = false;
  };
  YAML::Node node_;
  std::string what_;
  std::vector<Entry> entries_;
};

}  // namespace sekisho::box
