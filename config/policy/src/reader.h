#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diagnostics.h"
#include "file_format.h"
#include "yaml_document.h"

namespace sekisho::policy {

inline constexpr std::size_t kMaxNameCharacters = 128;

/// One piece of text with its place: a scalar, or a part of a comma-separated one.
struct PlacedText {
  std::string_view text;
  Position position;
};

/// Typed access to the nodes of a document; every mistake becomes a diagnostic.
class Reader {
 public:
  Reader(const YamlDocument& document, Diagnostics& diagnostics)
      : document_(document), diagnostics_(diagnostics) {}

  Diagnostics& diagnostics() noexcept { return diagnostics_; }
  void error(const YamlNode& node, const std::string& message) {
    diagnostics_.error(node.position, message);
  }
  void error(const PlacedText& text, const std::string& message) {
    diagnostics_.error(text.position, message);
  }

  /// The parts of a mapping by key; null where the file has none. Wrong kinds of nodes, unknown,
  /// repeated and missing required keys are reported. `what` names the mapping: "a rule".
  template <std::size_t kCount>
  class Mapping {
   public:
    const YamlNode* operator[](std::string_view name) const noexcept {
      for (std::size_t i = 0; i < kCount; ++i)
        if (keys_[i].name == name) return values_[i];
      return nullptr;
    }

   private:
    friend class Reader;
    explicit Mapping(std::span<const Key, kCount> keys) : keys_(keys) {}
    std::span<const Key, kCount> keys_;
    std::array<const YamlNode*, kCount> values_{};
  };
  template <std::size_t kCount>
  Mapping<kCount> mapping(const YamlNode& node, const std::array<Key, kCount>& keys,
                          std::string_view what) {
    Mapping<kCount> fields{std::span<const Key, kCount>(keys)};
    read_fields(node, keys, what, fields.values_);
    return fields;
  }

  /// Calls `each(key, value)` for every entry of a mapping with scalar keys, first occurrences
  /// only; `node` of another kind is reported.
  void for_each_entry(const YamlNode& node, std::string_view what,
                      const std::function<void(const YamlNode&, const YamlNode&)>& each);

  /// Calls `each(element)` for the elements of a sequence, at most `limit`; more, or a `node` of
  /// another kind, is reported. An empty node is an empty list.
  void for_each_element(const YamlNode& node, std::string_view what, std::size_t limit,
                        const std::function<void(const YamlNode&)>& each);

  /// Whether the node is this one word, alone or as the only entry of a list.
  bool is_word(const YamlNode& node, std::string_view word) const;

  /// Text, trimmed; anything that is not a scalar, or is empty, is reported.
  std::optional<PlacedText> text(const YamlNode& node, std::string_view what);

  /// true or false, unquoted.
  std::optional<bool> boolean(const YamlNode& node, std::string_view what);

  std::optional<std::int64_t> integer(const YamlNode& node, std::string_view what,
                                      std::int64_t minimum, std::int64_t maximum);

  /// Index of the text among `choices`.
  std::optional<std::size_t> choice(const YamlNode& node, std::string_view what,
                                    std::span<const std::string_view> choices);

  /// A list of texts or one text, each split at commas; empty parts are reported, and so is an
  /// empty list unless `empty` allows it.
  enum class Empty : std::uint8_t { refused, allowed };
  std::vector<PlacedText> texts(const YamlNode& node, std::string_view what, std::size_t limit,
                                Empty empty = Empty::refused);

  /// A name of a thing: 1 to 128 characters, no control characters. Object names also have no comma
  /// and are not "any".
  std::optional<PlacedText> name(const YamlNode& node, bool of_object);

 private:
  void read_fields(const YamlNode& node, std::span<const Key> keys, std::string_view what,
                   std::span<const YamlNode*> values);
  void split_text(const PlacedText& whole, std::string_view what, std::vector<PlacedText>& parts);

  const YamlDocument& document_;
  Diagnostics& diagnostics_;
};

/// "; did you mean 'x'?" for the candidate nearest to `text`, or nothing when none is near.
std::string did_you_mean(std::string_view text, std::span<const std::string_view> candidates);

/// "a, b or c".
std::string join_choices(std::span<const std::string_view> choices);

/// Characters of valid UTF-8 `text`.
std::size_t num_characters(std::string_view text) noexcept;

}  // namespace sekisho::policy
