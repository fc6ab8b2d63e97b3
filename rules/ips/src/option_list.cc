#include "option_list.h"

#include <fmt/format.h>

#include "text.h"

namespace sekisho::rules {
namespace {

/// Index of the next `wanted` that no backslash stands before; npos: none.
std::size_t find_unescaped(std::string_view text, char wanted, std::size_t from) noexcept {
  for (auto i = from; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == wanted)
      return i;
  }
  return std::string_view::npos;
}

/// Where the option at the beginning of `text` ends: its semicolon. One inside of quotes counts as
/// text, which Suricata wants escaped and Snort does not.
std::size_t end_of_option(std::string_view text) noexcept {
  const auto colon = text.find_first_of(":;");
  if (colon == std::string_view::npos || text[colon] == ';') return colon;
  auto begin = text.find_first_not_of(" \t!", colon + 1);
  if (begin != std::string_view::npos && text[begin] == '"') {
    const auto closing = find_unescaped(text, '"', begin + 1);
    if (closing != std::string_view::npos) begin = closing;
  } else {
    begin = colon + 1;
  }
  return find_unescaped(text, ';', begin);
}

RuleOption option_of(std::string_view text) {
  RuleOption option;
  const auto colon = text.find(':');
  option.name = trim(text.substr(0, colon));
  option.has_value = colon != std::string_view::npos;
  option.value = option.has_value ? trim(text.substr(colon + 1)) : text.substr(text.size());
  if (option.name.empty()) refuse(text, "an option has no name");
  return option;
}

}  // namespace

RuleParts split_rule(std::string_view text) {
  const auto open = text.find('(');
  if (open == std::string_view::npos) refuse(text, "no options: \"(\" is missing");
  auto body = trim(text.substr(open + 1));
  if (!body.ends_with(')'))
    refuse(text.substr(text.size() - 1), "the options do not end with \")\"");
  body.remove_suffix(1);
  RuleParts parts;
  parts.header = trim(text.substr(0, open));
  for (body = trim(body); !body.empty(); body = trim(body)) {
    const auto end = end_of_option(body);
    if (end == std::string_view::npos)
      refuse(body, fmt::format("option \"{}\" does not end with \";\"",
                               trim(body.substr(0, body.find(':')))));
    if (end > 0) parts.options.push_back(option_of(trim(body.substr(0, end))));
    body.remove_prefix(end + 1);
  }
  return parts;
}

}  // namespace sekisho::rules
