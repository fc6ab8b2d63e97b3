#include "yaml_map.h"

#include <charconv>

namespace sekisho::box {

Error mistake_at(const YAML::Node& node, std::string_view message) {
  const YAML::Mark mark = node.Mark();
  return {Error::Code::invalid_input, std::to_string(mark.line + 1) + ":" +
                                          std::to_string(mark.column + 1) + ": " +
                                          std::string(message)};
}

Result<YamlMap> YamlMap::open(const YAML::Node& node, std::string_view what) {
  if (!node.IsMap())
    return mistake_at(node, std::string(what) + " must be a mapping of keys to values");
  YamlMap map;
  map.node_ = node;
  map.what_ = what;
  for (const auto& pair : node) {
    if (!pair.first.IsScalar()) return mistake_at(pair.first, "a key must be plain text");
    const std::string& key = pair.first.Scalar();
    for (const Entry& seen : map.entries_)
      if (seen.key == key) return mistake_at(pair.first, "'" + key + "' is given twice");
    map.entries_.push_back({key, pair.first, pair.second});
  }
  return map;
}

YAML::Node YamlMap::take(std::string_view key) {
  for (Entry& entry : entries_) {
    if (entry.key != key) continue;
    entry.taken = true;
    return entry.value;
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

Status YamlMap::text(std::string_view key, std::string& out) {
  const YAML::Node node = take(key);
  if (!node.IsDefined()) return ok();
  if (!node.IsScalar()) return mistake_at(node, std::string(key) + " must be text");
  out = node.Scalar();
  if (out.find('\0') != std::string::npos)
    return mistake_at(node, std::string(key) + " contains a NUL byte");
  return ok();
}

Status YamlMap::boolean(std::string_view key, bool& out) {
  const YAML::Node node = take(key);
  if (!node.IsDefined()) return ok();
  const bool is_true = node.IsScalar() && node.Scalar() == "true";
  if (!is_true && !(node.IsScalar() && node.Scalar() == "false"))
    return mistake_at(node, std::string(key) + " must be true or false");
  out = is_true;
  return ok();
}

Result<std::uint64_t> YamlMap::number_of(const YAML::Node& node, std::string_view key,
                                         std::uint64_t least, std::uint64_t most) {
  const std::string text = node.IsScalar() ? node.Scalar() : std::string();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < least ||
      value > most)
    return mistake_at(node, std::string(key) + " must be a whole number from " +
                                std::to_string(least) + " to " + std::to_string(most));
  return value;
}

Status YamlMap::refuse_unknown() const {
  for (const Entry& entry : entries_)
    if (!entry.taken) return mistake_at(entry.key_node, what_ + " has no key '" + entry.key + "'");
  return ok();
}

}  // namespace sekisho::box
