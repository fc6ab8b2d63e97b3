#include <fmt/format.h>

#include <array>

#include "keyword.h"
#include "pattern_text.h"

namespace sekisho::rules {
namespace {

constexpr std::size_t kMostReferences = 64;

/// Text of msg: backslashes before \ " ; : taken off.
std::string message_text(std::string_view inner) {
  std::string text;
  text.reserve(inner.size());
  for (std::size_t i = 0; i < inner.size(); ++i) {
    const bool escaped = inner[i] == '\\' && i + 1 < inner.size() &&
                         std::string_view("\\\";:").find(inner[i + 1]) != std::string_view::npos;
    text += escaped ? inner[++i] : inner[i];
  }
  return text;
}

void read_msg(RuleBuilder& builder, const RuleOption& option) {
  const auto quoted = split_quoted(option.value);
  if (!quoted.rest.empty())
    refuse(quoted.rest, fmt::format("\"{}\" stands behind the closing quote", quoted.rest));
  builder.rule.message = message_text(quoted.inner);
}

template <std::uint32_t Rule::*kMember>
void read_id(RuleBuilder& builder, const RuleOption& option) {
  builder.rule.*kMember =
      static_cast<std::uint32_t>(unsigned_of(unquote(option.value), 0, UINT32_MAX));
}

void read_sid(RuleBuilder& builder, const RuleOption& option) {
  builder.rule.signature =
      static_cast<std::uint32_t>(unsigned_of(unquote(option.value), 1, UINT32_MAX));
}

void read_classtype(RuleBuilder& builder, const RuleOption& option) {
  auto& rule = builder.rule;
  const auto& known = builder.session.context.class_types;
  const auto priority_of = [&known](const std::string& name) {
    const auto found = known.find(name);
    return found != known.end() ? found->second.priority : RuleContext::ClassType{}.priority;
  };
  auto name = to_lower(option.value);
  if (known.find(name) == known.end())
    builder.warnings.push_back(
        {fmt::format("class type \"{}\" is not known: priority 3", option.value), option.name});
  const bool is_second = !rule.class_type.empty();
  if (is_second)
    builder.warnings.push_back(
        {"classtype stands a second time: the one of higher priority counts", option.name});
  if (!is_second || priority_of(name) < priority_of(rule.class_type))
    rule.class_type = std::move(name);
}

void read_priority(RuleBuilder& builder, const RuleOption& option) {
  builder.rule.priority = static_cast<std::uint8_t>(unsigned_of(option.value, 1, 255));
  builder.has_priority = true;
}

void read_reference(RuleBuilder& builder, const RuleOption& option) {
  auto rest = option.value;
  const auto system = take_until(rest, ',');
  if (system.empty() || trim(rest).empty())
    refuse(option.value, "reference takes system, identifier");
  auto& references = builder.rule.references;
  if (references.size() == kMostReferences)
    refuse(option.name, fmt::format("more than {} references", kMostReferences));
  references.push_back({to_lower(system), std::string(trim(rest))});
}

void read_metadata(RuleBuilder& builder, const RuleOption& option) {
  for (const auto whole : split(option.value, ',')) {
    auto rest = whole;
    const auto name = take_word(rest);
    if (!name.empty()) builder.rule.metadata.emplace_back(name, rest);
  }
}

void read_target(RuleBuilder& builder, const RuleOption& option) {
  if (option.value == "src_ip")
    builder.rule.target = RuleTarget::source;
  else if (option.value == "dest_ip")
    builder.rule.target = RuleTarget::destination;
  else
    refuse(option.value, fmt::format("\"{}\" is neither src_ip nor dest_ip", option.value));
}

void read_noalert(RuleBuilder& builder, const RuleOption&) { builder.rule.no_alert = true; }
void read_alert(RuleBuilder& builder, const RuleOption&) { builder.rule.alert_always = true; }
void read_prefilter(RuleBuilder& builder, const RuleOption&) {
  builder.no_effects.emplace_back("prefilter: what is searched for first is chosen by itself");
}
void read_bypass(RuleBuilder& builder, const RuleOption&) { builder.rule.bypass = true; }
void read_rem(RuleBuilder&, const RuleOption&) {}
/// Decided before the other options are read; see requirements.cc.
void read_requires(RuleBuilder&, const RuleOption&) {}

/// "logging disable, type tx|flow, scope tx|flow".
void read_config(RuleBuilder& builder, const RuleOption& option) {
  auto& rule = builder.rule;
  bool disables = false;
  for (const auto part : split(option.value, ',')) {
    const auto pieces = words(part);
    const bool known = pieces.size() == 2;
    if (known && pieces[0] == "logging" && pieces[1] == "disable")
      disables = true;
    else if (known && pieces[0] == "scope" && pieces[1] == "tx")
      rule.disable_logging = Rule::Quiet::transaction;
    else if (known && pieces[0] == "scope" && pieces[1] == "flow")
      rule.disable_logging = Rule::Quiet::flow;
    else if (!known || pieces[0] != "type")
      refuse(part, fmt::format("config \"{}\" is not supported, only logging disable", part));
  }
  if (!disables || rule.disable_logging == Rule::Quiet::none)
    refuse(option.value, "config takes logging disable, type tx, scope tx or flow");
}

void refuse_lua(RuleBuilder&, const RuleOption& option) {
  refuse(option.name,
         fmt::format("{} is not supported: no scripts run on the packet path", option.name));
}

using V = KeywordValue;
constexpr std::array kKeywords{
    Keyword{"msg", V::required, read_msg},
    Keyword{"sid", V::required, read_sid},
    Keyword{"gid", V::required, read_id<&Rule::generator>},
    Keyword{"rev", V::required, read_id<&Rule::revision>},
    Keyword{"classtype", V::required, read_classtype},
    Keyword{"priority", V::required, read_priority},
    Keyword{"reference", V::required, read_reference},
    Keyword{"metadata", V::optional, read_metadata},
    Keyword{"target", V::required, read_target},
    Keyword{"noalert", V::none, read_noalert},
    Keyword{"alert", V::none, read_alert},
    Keyword{"prefilter", V::none, read_prefilter},
    Keyword{"bypass", V::none, read_bypass},
    Keyword{"config", V::required, read_config},
    Keyword{"requires", V::required, read_requires},
    Keyword{"rem", V::optional, read_rem},
    Keyword{"lua", V::optional, refuse_lua},
    Keyword{"luajit", V::optional, refuse_lua},
};

}  // namespace

std::span<const Keyword> meta_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
