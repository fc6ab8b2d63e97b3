#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

#include "config/policy/model.h"
#include "diagnostics.h"

namespace sekisho::policy {

/// Limits of one YAML document, aliases expanded: what keeps an alias bomb or a deep nest harmless.
/// A long text counts as one more value for each kBytesPerYamlValue.
inline constexpr std::size_t kMaxYamlValues = 4'000'000;
inline constexpr std::size_t kBytesPerYamlValue = 64;
inline constexpr std::size_t kMaxYamlDepth = 16;

/// One value of a YAML document.
struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  bool quoted = false;              // a scalar in quotes or a block scalar: always text
  bool literal = false;             // a block scalar whose lines are those of the file (|)
  std::uint8_t height = 1;          // levels from here down
  std::uint32_t first_child = 0;    // index into the document's list of children
  std::uint32_t num_children = 0;   // of a mapping: key, value, key, value, ...
  std::uint32_t expanded_size = 1;  // values from here down, aliases counted every time
  Position position;
  std::string_view text;  // of a scalar
};

/// A YAML 1.1 document as a flat tree. Aliases share the node they name, so memory is bounded by
/// the file. Immutable once parsed; nodes and texts live as long as the document.
class YamlDocument {
 public:
  /// Reads exactly one document. Mistakes go to `diagnostics`; false when there was any.
  bool parse(std::string_view text, Diagnostics& diagnostics);

  /// Meaningful only after a successful parse.
  const YamlNode& root() const noexcept { return nodes_.front(); }
  std::span<const std::uint32_t> children(const YamlNode& node) const noexcept {
    return std::span(children_).subspan(node.first_child, node.num_children);
  }
  const YamlNode& node(std::uint32_t index) const noexcept { return nodes_[index]; }

 private:
  friend class YamlBuilder;

  std::vector<YamlNode> nodes_;
  std::vector<std::uint32_t> children_;
  std::pmr::monotonic_buffer_resource texts_;
};

/// Reports the first byte that is no valid UTF-8 or a character that YAML does not allow in a file
/// (control characters, NUL among them); false when there was one.
bool check_encoding(std::string_view text, Diagnostics& diagnostics);

}  // namespace sekisho::policy
