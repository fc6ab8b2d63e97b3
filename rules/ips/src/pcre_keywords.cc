#include <fmt/format.h>

#include <array>
#include <optional>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "keyword.h"
#include "pattern_text.h"
#include "regex_door.h"

namespace sekisho::rules {
namespace {

struct CompileFlag {
  char letter;
  std::uint32_t option;
};
constexpr std::array<CompileFlag, 7> kCompileFlags{{
    {'i', PCRE2_CASELESS},
    {'m', PCRE2_MULTILINE},
    {'s', PCRE2_DOTALL},
    {'x', PCRE2_EXTENDED},
    {'A', PCRE2_ANCHORED},
    {'E', PCRE2_DOLLAR_ENDONLY},
    {'G', PCRE2_UNGREEDY},
}};

struct FieldFlag {
  char letter;
  Field field;
};
constexpr std::array<FieldFlag, 13> kFieldFlags{{
    {'U', Field::http_uri},
    {'I', Field::http_uri_raw},
    {'P', Field::http_request_body},
    {'Q', Field::http_response_body},
    {'H', Field::http_header},
    {'D', Field::http_header_raw},
    {'M', Field::http_method},
    {'C', Field::http_cookie},
    {'S', Field::http_stat_code},
    {'Y', Field::http_stat_msg},
    {'V', Field::http_user_agent},
    {'W', Field::http_host},
    {'Z', Field::http_host_raw},
}};

std::optional<Field> field_of(char letter) noexcept {
  for (const auto& one : kFieldFlags)
    if (one.letter == letter) return one.field;
  return std::nullopt;
}

/// The letters behind the pattern; the HTTP field that one of them means, if any.
std::optional<Field> read_flags(std::string_view flags, Dialect dialect, Pcre& pcre) {
  std::optional<Field> field;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    bool known = false;
    for (const auto& one : kCompileFlags)
      if (one.letter == flags[i]) {
        pcre.options |= one.option;
        known = true;
      }
    // B (raw bytes) and O (match limits of its own) change nothing here.
    if (flags[i] == 'R') pcre.relative = known = true;
    if (flags[i] == 'B' || flags[i] == 'O') known = true;
    if (known) continue;
    const auto named = dialect == Dialect::suricata ? field_of(flags[i]) : std::nullopt;
    if (!named) refuse(flags.substr(i), fmt::format("unknown flag \"{}\" of pcre", flags[i]));
    if (field && *field != *named) refuse(flags.substr(i), "pcre flags name two HTTP fields");
    field = named;
  }
  return field;
}

bool is_capture_scope(std::string_view scope) noexcept {
  return scope == "flow" || scope == "pkt" || scope == "alert";
}

/// "/, flow:name, pkt:other": names for the groups in their order.
void read_capture_names(std::string_view text, Pcre& pcre) {
  for (const auto part : split(text, ',')) {
    auto name = part;
    const auto scope = take_until(name, ':');
    if (!is_capture_scope(scope) || name.empty())
      refuse(part, fmt::format("\"{}\" is no flow:NAME, pkt:NAME or alert:NAME", part));
    pcre.captures.push_back(fmt::format("{}:{}", scope, name));
  }
}

/// (?P<flow_name>...) names its group as well.
void read_group_names(const RegexFacts& facts, Pcre& pcre) {
  for (std::size_t group = 0; group < facts.group_names.size(); ++group) {
    std::string_view name = facts.group_names[group];
    const auto underscore = name.find('_');
    if (underscore == std::string_view::npos || !is_capture_scope(name.substr(0, underscore)))
      continue;
    pcre.captures.resize(std::max(pcre.captures.size(), group + 1));
    pcre.captures[group] =
        fmt::format("{}:{}", name.substr(0, underscore), name.substr(underscore + 1));
  }
}

void read_pcre(RuleBuilder& builder, const RuleOption& option) {
  const auto quoted = outer_quoted(option.value);
  auto text = quoted.inner;
  take_prefix(text, "m");  // Perl's m, with a delimiter of its own
  if (text.empty()) refuse(option.value, "pcre is empty");
  const char delimiter = text.front();
  const auto end = text.rfind(delimiter);
  if (end == 0 || (delimiter != '/' && !quoted.inner.starts_with('m')))
    refuse(quoted.inner, "a pcre stands between two \"/\"");
  Pcre pcre;
  pcre.negated = quoted.negated;
  const auto pattern = text.substr(1, end - 1);
  auto rest = text.substr(end + 1);
  const auto field = read_flags(take_until(rest, ','), builder.rule.dialect, pcre);
  pcre.pattern = pattern;
  const auto facts = check_regex(pattern, pcre.options);
  read_capture_names(rest, pcre);
  if (pcre.captures.size() > facts.num_groups)
    refuse(rest, fmt::format("{} names for {} groups", pcre.captures.size(), facts.num_groups));
  read_group_names(facts, pcre);
  if (field && builder.has_selected() && builder.selected_field() != *field)
    refuse(option.value,
           fmt::format("a flag of pcre names {}, but {} is selected", info_of(*field).name,
                       info_of(*builder.selected_field()).name));
  if (field && !builder.has_selected())
    builder.add_to(*field, std::move(pcre), option.name);
  else
    builder.add(std::move(pcre), false, option.name);
}

constexpr std::array kKeywords{Keyword{"pcre", KeywordValue::required, read_pcre}};

}  // namespace

std::span<const Keyword> pcre_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
