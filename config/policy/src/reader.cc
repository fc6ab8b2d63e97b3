#include "reader.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "literals.h"

namespace sekisho::policy {
namespace {

std::string_view name_of_kind(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return "a single value";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::mapping:
      return "a mapping";
  }
  return "something else";
}

std::string wrong_kind(std::string_view what, std::string_view wanted, const YamlNode& found) {
  return std::string(what) + " must be " + std::string(wanted) + ", not " +
         std::string(name_of_kind(found));
}

std::string quoted(std::string_view text) { return refused(text, "").message; }  // "'text' "

/// Levenshtein's distance, in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::size_t num_characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string did_you_mean(std::string_view text, std::span<const std::string_view> candidates) {
  constexpr std::size_t kLongest = 64;  // bytes; with the number of candidates, bounds the cost
  constexpr std::size_t kMostCandidates = 1000;
  candidates = candidates.first(std::min(candidates.size(), kMostCandidates));
  std::size_t nearest = std::max<std::size_t>(1, text.size() / 3) + 1;
  std::string_view suggestion;
  for (const auto candidate : candidates) {
    const std::size_t gap =
        std::max(text.size(), candidate.size()) - std::min(text.size(), candidate.size());
    if (gap >= nearest || text.size() > kLongest || candidate.size() > kLongest) continue;
    const std::size_t distance = edit_distance(text, candidate);
    if (distance < nearest) nearest = distance, suggestion = candidate;
  }
  if (suggestion.empty()) return {};
  return "; did you mean '" + std::string(suggestion) + "'?";
}

std::string join_choices(std::span<const std::string_view> choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
    text.append(choices[i]);
  }
  return text;
}

void Reader::for_each_entry(const YamlNode& node, std::string_view what,
                            const std::function<void(const YamlNode&, const YamlNode&)>& each) {
  if (node.kind != YamlNode::Kind::mapping) return error(node, wrong_kind(what, "a mapping", node));
  std::unordered_set<std::string_view> seen;
  const auto children = document_.children(node);
  for (std::size_t i = 0; i + 1 < children.size() && !diagnostics_.full(); i += 2) {
    const YamlNode& key = document_.node(children[i]);
    if (key.kind != YamlNode::Kind::scalar) {
      error(key, "a key must be a word, not " + std::string(name_of_kind(key)));
    } else if (!seen.insert(key.text).second) {
      error(key, quoted(key.text) + "is here twice");
    } else {
      each(key, document_.node(children[i + 1]));
    }
  }
}

void Reader::read_fields(const YamlNode& node, std::span<const Key> keys, std::string_view what,
                         std::span<const YamlNode*> values) {
  if (node.kind != YamlNode::Kind::mapping) return error(node, wrong_kind(what, "a mapping", node));
  const auto children = document_.children(node);
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    const YamlNode& key = document_.node(children[i]);
    const auto known =
        std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == key.text; });
    if (key.kind != YamlNode::Kind::scalar) {
      error(key, "a key must be a word, not " + std::string(name_of_kind(key)));
    } else if (known == keys.end()) {
      std::vector<std::string_view> names;
      for (const auto& k : keys) names.push_back(k.name);
      error(key, quoted(key.text) + "is not a key of " + std::string(what) +
                     did_you_mean(key.text, names));
    } else if (auto& value = values[static_cast<std::size_t>(known - keys.begin())];
               value != nullptr) {
      error(key, quoted(key.text) + "is here twice");
    } else {
      value = &document_.node(children[i + 1]);
    }
  }
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].required && values[i] == nullptr)
      error(node, std::string(what) + " needs '" + std::string(keys[i].name) + "'");
}

void Reader::for_each_element(const YamlNode& node, std::string_view what, std::size_t limit,
                              const std::function<void(const YamlNode&)>& each) {
  if (node.kind == YamlNode::Kind::null) return;
  if (node.kind != YamlNode::Kind::sequence) return error(node, wrong_kind(what, "a list", node));
  const auto children = document_.children(node);
  if (children.size() > limit)
    return error(document_.node(children[limit]),
                 std::string(what) + " has " + std::to_string(children.size()) +
                     " entries, the limit is " + std::to_string(limit));
  for (const auto child : children) {
    if (diagnostics_.full()) return;
    each(document_.node(child));
  }
}

bool Reader::is_word(const YamlNode& node, std::string_view word) const {
  if (node.kind == YamlNode::Kind::sequence && node.num_children == 1) {
    const YamlNode& only = document_.node(document_.children(node).front());
    return only.kind == YamlNode::Kind::scalar && trim(only.text) == word;
  }
  return node.kind == YamlNode::Kind::scalar && trim(node.text) == word;
}

std::optional<PlacedText> Reader::text(const YamlNode& node, std::string_view what) {
  if (node.kind != YamlNode::Kind::scalar) {
    error(node, wrong_kind(what, "a single value", node));
    return std::nullopt;
  }
  const auto trimmed = trim(node.text);
  if (trimmed.empty()) {
    error(node, std::string(what) + " is empty");
    return std::nullopt;
  }
  return PlacedText{trimmed, node.position};
}

std::optional<bool> Reader::boolean(const YamlNode& node, std::string_view what) {
  const bool plain = node.kind == YamlNode::Kind::scalar && !node.quoted;
  if (plain && node.text == "true") return true;
  if (plain && node.text == "false") return false;
  error(node,
        std::string(what) + " must be true or false" +
            (node.kind == YamlNode::Kind::scalar ? ", not " + std::string(trim(quoted(node.text)))
                                                 : std::string()));
  return std::nullopt;
}

std::optional<std::int64_t> Reader::integer(const YamlNode& node, std::string_view what,
                                            std::int64_t minimum, std::int64_t maximum) {
  std::int64_t value = 0;
  const auto* const end = node.text.data() + node.text.size();
  const auto [stop, problem] = std::from_chars(node.text.data(), end, value);
  if (node.kind != YamlNode::Kind::scalar || node.quoted || problem != std::errc{} || stop != end ||
      value < minimum || value > maximum) {
    error(node, std::string(what) + " must be a number from " + std::to_string(minimum) + " to " +
                    std::to_string(maximum));
    return std::nullopt;
  }
  return value;
}

std::optional<std::size_t> Reader::choice(const YamlNode& node, std::string_view what,
                                          std::span<const std::string_view> choices) {
  const auto value = text(node, what);
  if (!value) return std::nullopt;
  const auto found = std::find(choices.begin(), choices.end(), value->text);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  error(node, std::string(what) + " must be " + join_choices(choices) + ", not " +
                  std::string(trim(quoted(value->text))));
  return std::nullopt;
}

void Reader::split_text(const PlacedText& whole, std::string_view what,
                        std::vector<PlacedText>& parts) {
  if (whole.text.find(',') == whole.text.npos) {
    parts.push_back(whole);
    return;
  }
  for (const auto part : split_commas(whole.text)) {
    if (part.empty())
      diagnostics_.error(whole.position, std::string(what) + " has nothing between two commas");
    else
      parts.push_back({part, whole.position});
  }
}

std::vector<PlacedText> Reader::texts(const YamlNode& node, std::string_view what,
                                      std::size_t limit, Empty empty) {
  std::vector<PlacedText> parts;
  const bool has_none = node.kind == YamlNode::Kind::null ||
                        (node.kind == YamlNode::Kind::sequence && node.num_children == 0);
  if (has_none) {
    if (empty == Empty::refused) error(node, std::string(what) + " is empty");
  } else if (node.kind == YamlNode::Kind::sequence) {
    for_each_element(node, what, limit, [&](const YamlNode& element) {
      if (const auto whole = text(element, what)) split_text(*whole, what, parts);
    });
  } else if (const auto whole = text(node, what)) {
    split_text(*whole, what, parts);
  }
  if (parts.size() > limit) {
    error(node, std::string(what) + " has " + std::to_string(parts.size()) +
                    " entries, the limit is " + std::to_string(limit));
    parts.clear();
  }
  return parts;
}

std::optional<PlacedText> Reader::name(const YamlNode& node, bool of_object) {
  auto value = text(node, "a name");
  if (!value) return std::nullopt;
  std::string_view mistake;
  if (num_characters(value->text) > kMaxNameCharacters)
    mistake = "is longer than 128 characters";
  else if (has_control_character(value->text))
    mistake = "has a control character";
  else if (of_object && value->text.find(',') != value->text.npos)
    mistake = "has a comma, which separates names";
  else if (of_object && value->text == "any")
    mistake = "cannot be a name: it stands for everything";
  if (mistake.empty()) return value;
  error(node, refused(value->text, mistake).message);
  return std::nullopt;
}

}  // namespace sekisho::policy
