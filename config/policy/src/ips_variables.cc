#include <algorithm>

#include "config/policy/ips_settings.h"
#include "literals.h"
#include "policy_reader.h"

namespace sekisho::policy {
namespace {

constexpr std::size_t kMaxVariableName = 64;

bool is_variable_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kMaxVariableName &&
         std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

void PolicyReader::read_ips_variables(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::null) return;
  reader_.for_each_entry(node, "ips_variables", [&](const YamlNode& key, const YamlNode& value) {
    if (!is_variable_name(key.text)) {
      reader_.error(key, refused(key.text, "is not a variable like HOME_NET, without $").message);
      return;
    }
    if (policy_.ips_variables.size() == kMaxIpsVariables) {
      reader_.error(
          key, "ips_variables has more than " + std::to_string(kMaxIpsVariables) + " variables");
      return;
    }
    auto expression = expression_of(value, key.text);
    if (expression.size() > kMaxIpsVariableBytes)
      reader_.error(value, std::string(key.text) + " has " + std::to_string(expression.size()) +
                               " bytes, the limit is " + std::to_string(kMaxIpsVariableBytes));
    else if (!expression.empty())
      policy_.ips_variables.push_back({std::string(key.text), std::move(expression), key.position});
  });
}

/// One text, or a list of them as a group. Empty: a mistake was reported.
std::string PolicyReader::expression_of(const YamlNode& node, std::string_view what) {
  const auto checked = [&](const YamlNode& one) -> std::string {
    const auto text = reader_.text(one, what);
    if (!text) return {};
    if (!has_control_character(text->text)) return addresses_as_expression(text->text);
    reader_.error(one, std::string(what) + " has a line break or another control character");
    return {};
  };
  if (node.kind != YamlNode::Kind::sequence) return checked(node);
  std::string group;
  bool good = true;
  reader_.for_each_element(node, what, kMaxIpsVariableBytes, [&](const YamlNode& element) {
    const auto text = checked(element);
    good = good && !text.empty();
    group += (group.empty() ? "[" : ",") + text;
  });
  if (group.empty()) reader_.error(node, std::string(what) + " is an empty list");
  return group.empty() || !good ? std::string() : group + "]";
}

/// The name of an address object becomes its addresses; everything else stays as it is.
std::string PolicyReader::addresses_as_expression(std::string_view text) {
  const bool negated = text.starts_with('!');
  const auto name = trim(text.substr(negated ? 1 : 0));
  const auto index = names_.addresses.find(name);
  if (index == NameTable::kNone) return std::string(text);
  names_.addresses.mark_used(index);
  std::string group = negated ? "![" : "[";
  for (const auto& range : policy_.address_objects[index].ranges)
    group.append(group.ends_with('[') ? "" : ",").append(to_string(range));
  return group + "]";
}

}  // namespace sekisho::policy
