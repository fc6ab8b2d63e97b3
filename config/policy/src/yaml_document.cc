#include "yaml_document.h"

#include <yaml.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>

namespace sekisho::policy {
namespace {

Position position_of(const yaml_mark_t& mark) {
  return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

class Parser {
 public:
  explicit Parser(std::string_view text) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~Parser() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  /// The next event, valid until the following call; null on a syntax error.
  const yaml_event_t* next() {
    yaml_event_delete(&event_);
    return yaml_parser_parse(&parser_, &event_) == 0 ? nullptr : &event_;
  }

  void report(Diagnostics& diagnostics) const {
    if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    const char* const problem = parser_.problem == nullptr ? "unreadable" : parser_.problem;
    std::string message = std::string("not valid YAML: ") + problem;
    if (parser_.context != nullptr)
      message += std::string(", ") + parser_.context + " that begins in line " +
                 std::to_string(parser_.context_mark.line + 1);
    diagnostics.error(position_of(parser_.problem_mark), message);
  }

 private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

bool is_null(std::string_view text) { return text.empty() || text == "~" || text == "null"; }

}  // namespace

/// Turns the parser's events into the nodes of a document.
class YamlBuilder {
 public:
  YamlBuilder(YamlDocument& document, Diagnostics& diagnostics)
      : document_(document), diagnostics_(diagnostics) {}

  /// False when reading must stop; the reason has been reported.
  bool take(const yaml_event_t& event) {
    const Position position = position_of(event.start_mark);
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        return ++num_documents_ == 1 || refuse(position, "a policy file is one YAML document");
      case YAML_ALIAS_EVENT:
        return add_alias(text_of(event.data.alias.anchor), position);
      case YAML_SCALAR_EVENT:
        return add_scalar(event, position);
      case YAML_SEQUENCE_START_EVENT:
        return open(YamlNode::Kind::sequence, event.data.sequence_start.anchor,
                    event.data.sequence_start.tag, position);
      case YAML_MAPPING_START_EVENT:
        return open(YamlNode::Kind::mapping, event.data.mapping_start.anchor,
                    event.data.mapping_start.tag, position);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        close();
        return true;
      default:
        return true;
    }
  }

 private:
  struct Open {
    std::uint32_t node;
    std::size_t first_pending;
  };

  bool refuse(Position position, const std::string& message) {
    diagnostics_.error(position, message);
    return false;
  }

  bool add_alias(std::string_view name, Position position) {
    const auto found = anchors_.find(std::string(name));
    if (found == anchors_.end())
      return refuse(position, "no anchor '" + std::string(name) + "' above this alias");
    const auto holds = [&](const Open& o) { return o.node == found->second; };
    if (std::any_of(open_.begin(), open_.end(), holds))
      return refuse(position, "alias '" + std::string(name) + "' stands inside its own anchor");
    const YamlNode& target = document_.nodes_[found->second];
    if (open_.size() + target.height > kMaxYamlDepth) return refuse_depth(position);
    num_values_ += target.expanded_size;
    if (num_values_ > kMaxYamlValues) return refuse_size(position);
    pending_.push_back(found->second);
    return true;
  }

  bool add_scalar(const yaml_event_t& event, Position position) {
    const auto& scalar = event.data.scalar;
    YamlNode node;
    node.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node.literal = scalar.style == YAML_LITERAL_SCALAR_STYLE;
    const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    node.expanded_size = static_cast<std::uint32_t>(1 + text.size() / kBytesPerYamlValue);
    node.kind = node.quoted || !is_null(text) ? YamlNode::Kind::scalar : YamlNode::Kind::null;
    if (text.find('\0') != text.npos)
      return refuse(position, "a value holds the character U+0000, which is not allowed");
    if (!text.empty()) {
      auto* const copy = static_cast<char*>(document_.texts_.allocate(text.size(), 1));
      std::memcpy(copy, text.data(), text.size());
      node.text = {copy, text.size()};
    }
    return add(node, scalar.anchor, scalar.tag, position);
  }

  bool open(YamlNode::Kind kind, const yaml_char_t* anchor, const yaml_char_t* tag,
            Position position) {
    if (open_.size() >= kMaxYamlDepth) return refuse_depth(position);
    YamlNode node;
    node.kind = kind;
    if (!add(node, anchor, tag, position)) return false;
    open_.push_back({static_cast<std::uint32_t>(document_.nodes_.size() - 1), pending_.size()});
    return true;
  }

  bool add(YamlNode node, const yaml_char_t* anchor, const yaml_char_t* tag, Position position) {
    if (tag != nullptr)
      return refuse(position, "tags like '" + std::string(text_of(tag)) + "' are not supported");
    num_values_ += node.expanded_size;
    if (num_values_ > kMaxYamlValues) return refuse_size(position);
    const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
    node.position = position;
    document_.nodes_.push_back(node);
    pending_.push_back(index);
    if (anchor != nullptr) anchors_[std::string(text_of(anchor))] = index;
    return true;
  }

  void close() {
    const auto [index, first_pending] = open_.back();
    open_.pop_back();
    YamlNode& node = document_.nodes_[index];
    auto& children = document_.children_;
    node.first_child = static_cast<std::uint32_t>(children.size());
    node.num_children = static_cast<std::uint32_t>(pending_.size() - first_pending);
    children.insert(children.end(), pending_.begin() + static_cast<std::ptrdiff_t>(first_pending),
                    pending_.end());
    for (std::size_t i = first_pending; i < pending_.size(); ++i) {
      const YamlNode& child = document_.nodes_[pending_[i]];
      node.expanded_size += child.expanded_size;  // cannot overflow: num_values_ bounds the sum
      node.height = std::max(node.height, static_cast<std::uint8_t>(child.height + 1));
    }
    pending_.resize(first_pending);
  }

  bool refuse_depth(Position position) {
    return refuse(position, "nested deeper than " + std::to_string(kMaxYamlDepth) + " levels");
  }
  bool refuse_size(Position position) {
    return refuse(position,
                  "more than " + std::to_string(kMaxYamlValues) + " values, aliases expanded");
  }

  YamlDocument& document_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  std::vector<std::uint32_t> pending_;  // children of the open collections, innermost last
  std::unordered_map<std::string, std::uint32_t> anchors_;
  std::size_t num_values_ = 0;
  std::size_t num_documents_ = 0;
};

bool YamlDocument::parse(std::string_view text, Diagnostics& diagnostics) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (!check_encoding(text, diagnostics)) return false;
  nodes_.reserve(text.size() / 16);
  children_.reserve(text.size() / 16);
  Parser parser(text);
  YamlBuilder builder(*this, diagnostics);
  for (;;) {
    const yaml_event_t* const event = parser.next();
    if (event == nullptr) {
      parser.report(diagnostics);
      return false;
    }
    if (!builder.take(*event)) return false;
    if (event->type == YAML_STREAM_END_EVENT) break;
  }
  if (nodes_.empty()) diagnostics.error({1, 1}, "the file is empty");
  return !nodes_.empty();
}

}  // namespace sekisho::policy
