#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "header.h"
#include "option_list.h"
#include "rule_lines.h"
#include "rules/ips/parse.h"
#include "text.h"

namespace sekisho::rules {

/// Numbers for the names that rules share (flow bits, ...), kept beside their list in a RuleSet.
class NameNumbers {
 public:
  explicit NameNumbers(std::vector<std::string>& names);
  std::uint32_t number_of(std::string_view name);

 private:
  std::vector<std::string>& names_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

/// What the rules of one parse_rules() call share.
struct RuleSession {
  RuleSession(RuleSet& rule_set, const RuleContext& rule_context);
  RuleSet& set;
  const RuleContext& context;
  ExpressionResolver resolver;
  NameNumbers flow_bits;
  NameNumbers flow_integers;
  NameNumbers host_bits;
};

/// What is odd about a rule that is in force; `where` in its text: null is its beginning.
struct RuleWarning {
  RuleWarning(std::string text, std::string_view at = {})
      : message(std::move(text)), where(at.data()) {}
  std::string message;
  const char* where;
};

/// A rule while its options are read, one after the other.
class RuleBuilder {
 public:
  /// `rule_line` and `file_name` are for positions, and outlive the builder.
  RuleBuilder(RuleSession& shared, ParsedHeader parsed_header, Dialect dialect,
              const RuleLine& rule_line, std::string_view file_name);

  /// Of a part of the rule's text in the file.
  RulePosition position_of(std::string_view where) const {
    return line_.position_of(where.data(), file_);
  }

  RuleSession& session;
  ParsedHeader header;
  Rule rule;
  std::vector<RuleWarning> warnings;
  std::vector<std::string> no_effects;  // keywords that do nothing on a gateway, and why
  std::uint64_t service_protocols = 0;  // of Snort's "service"; 0: not said
  bool has_priority = false;            // its own, which goes before its class type's

  // --- Buffers ---

  /// What follows is about `field`, until another is selected.
  void select(Field field, std::string_view where,
              FieldDirection direction = FieldDirection::either);
  /// Back to the payload.
  void select_payload();
  /// ip.src, ip.dst: only a data set can test them.
  void select_address(bool source, std::string_view where);
  std::optional<bool> take_address() noexcept;
  bool has_selected() const noexcept { return selected_.has_value(); }
  std::optional<Field> selected_field() const noexcept;
  void add_transform(Transform transform, std::string_view where);

  /// Adds a test to the selected buffer; without one, a relative test goes to the buffer of the
  /// test before it, any other to the payload.
  template <class Element>
  Element& add(Element element, bool relative, std::string_view where) {
    return put(relative && !has_selected() && last_buffer_ ? *last_buffer_ : current_buffer(where),
               std::move(element));
  }
  /// Adds a test to a buffer of its own mention of `field`.
  template <class Element>
  Element& add_to(Field field, Element element, std::string_view where) {
    return put(buffer_of(field, FieldDirection::either, {}, where), std::move(element));
  }

  /// The content that modifiers are about. Refuses when there is none.
  Content& last_content(std::string_view keyword);
  /// A legacy modifier ("http_uri"): the last content is about `field`.
  void move_last_content(Field field, std::string_view where);

  // --- Variables of byte_extract and byte_math ---

  std::int8_t define_variable(std::string_view name);
  /// A number from low to high, or a variable defined before.
  Operand operand(std::string_view text, std::int64_t low, std::int64_t high) const;

  /// No option is left: refuses a selected buffer that nothing was tested of.
  void end_of_options();

 private:
  struct Selected {
    Field field;
    FieldDirection direction;
    std::vector<Transform> transforms;
    std::string_view where;
    std::optional<std::size_t> buffer;  // none: nothing was tested of it yet
  };

  template <class Element>
  Element& put(std::size_t buffer, Element element) {
    auto& elements = rule.buffers[buffer].elements;
    elements.emplace_back(std::move(element));
    last_buffer_ = buffer;
    if constexpr (std::is_same_v<Element, Content>) content_ = {buffer, elements.size() - 1};
    return std::get<Element>(elements.back());
  }
  std::size_t current_buffer(std::string_view where);
  std::size_t buffer_of(Field field, FieldDirection direction,
                        const std::vector<Transform>& transforms, std::string_view where);
  void refuse_if_empty() const;

  struct ContentPlace {
    std::size_t buffer, element;
  };
  std::optional<Selected> selected_;
  struct SelectedAddress {
    bool source;
    bool tested;
    std::string_view where;
  };
  std::optional<SelectedAddress> address_;
  std::optional<std::size_t> last_buffer_;
  std::optional<ContentPlace> content_;
  std::vector<std::string> variables_;
  std::vector<const char*> buffer_places_;
  const RuleLine& line_;
  std::string_view file_;

 public:
  /// Where the rule's text mentions rule.buffers[i], for positions.
  const std::vector<const char*>& buffer_places() const noexcept { return buffer_places_; }
};

}  // namespace sekisho::rules
