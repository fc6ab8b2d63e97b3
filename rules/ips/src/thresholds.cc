#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "address_expression.h"
#include "rule_lines.h"
#include "rules/ips/parse.h"
#include "text.h"
#include "threshold_text.h"

namespace sekisho::rules {
namespace {

constexpr std::uint32_t kAll = 0;

/// One line: what is done, to which rules.
struct ThresholdLine {
  Threshold threshold;
  std::uint32_t generator = kAll, signature = kAll;
  bool has_generator = false, has_signature = false, has_track = false, has_addresses = false;
};

/// Commas between parts; those inside of brackets belong to a list of addresses.
std::vector<std::string_view> split_parts(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int open = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '[') ++open;
    if (i < text.size() && text[i] == ']') --open;
    if (i < text.size() && (text[i] != ',' || open > 0)) continue;
    parts.push_back(trim(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  return parts;
}

/// gen_id and sig_id. False: another part.
bool take_id(ThresholdLine& line, std::string_view part) {
  const auto name = take_word(part);
  if (name == "gen_id") {
    line.generator = static_cast<std::uint32_t>(unsigned_of(part, 0, UINT32_MAX));
    line.has_generator = true;
  } else if (name == "sig_id") {
    line.signature = static_cast<std::uint32_t>(unsigned_of(part, 0, UINT32_MAX));
    line.has_signature = true;
  } else {
    return false;
  }
  return true;
}

void read_filter(ThresholdLine& line, std::string_view text, Threshold::Type type) {
  ThresholdReader reader(type);
  for (const auto part : split_parts(text))
    if (!take_id(line, part) && !reader.take(part))
      refuse(part, fmt::format("unknown part \"{}\"", part));
  line.threshold = reader.finish(text);
}

void read_suppress(ThresholdLine& line, std::string_view text, ExpressionResolver& resolver) {
  line.threshold.type = Threshold::Type::suppress;
  for (const auto part : split_parts(text)) {
    if (take_id(line, part)) continue;
    auto rest = part;
    const auto name = take_word(rest);
    if (name == "track") {
      line.threshold.track = track_named(rest);
      line.has_track = true;
    } else if (name == "ip") {
      line.threshold.addresses = resolver.addresses(rest);
      line.has_addresses = true;
    } else {
      refuse(part, fmt::format("unknown part \"{}\" of suppress", part));
    }
  }
  if (line.has_track != line.has_addresses)
    refuse(text, "suppress takes both track and ip, or neither");
}

ThresholdLine parse_line(std::string_view text, ExpressionResolver& resolver) {
  ThresholdLine line;
  auto rest = text;
  const auto verb = take_word(rest);
  if (verb == "threshold" || verb == "event_filter")
    read_filter(line, rest, Threshold::Type::limit);
  else if (verb == "rate_filter")
    read_filter(line, rest, Threshold::Type::rate);
  else if (verb == "suppress")
    read_suppress(line, rest, resolver);
  else
    refuse(verb,
           fmt::format("\"{}\" is none of threshold, event_filter, rate_filter, suppress", verb));
  if (!line.has_generator || !line.has_signature) refuse(text, "gen_id or sig_id is missing");
  if (line.generator == kAll && line.signature != kAll)
    refuse(text, "gen_id 0 is all rules: sig_id must be 0 too");
  return line;
}

/// How often events come: what a line about one rule replaces, and one about all leaves alone.
bool limits_events(const Threshold& threshold) noexcept {
  return threshold.type != Threshold::Type::rate && threshold.type != Threshold::Type::suppress;
}

bool concerns(const ThresholdLine& line, const Rule& rule) noexcept {
  return (line.generator == kAll || line.generator == rule.generator) &&
         (line.signature == kAll || line.signature == rule.signature);
}

/// How many rules took it.
std::size_t apply(const ThresholdLine& line, std::vector<Rule>& rules) {
  std::size_t count = 0;
  for (auto& rule : rules) {
    if (!concerns(line, rule)) continue;
    ++count;
    auto& own = rule.thresholds;
    const bool has_own = std::any_of(own.begin(), own.end(), limits_events);
    if (limits_events(line.threshold) && has_own) {
      if (line.signature == kAll) continue;
      own.erase(std::remove_if(own.begin(), own.end(), limits_events), own.end());
    }
    own.push_back(line.threshold);
  }
  return count;
}

}  // namespace

void parse_thresholds(std::string_view text, std::string_view file, const RuleContext& context,
                      RuleSet& set) {
  ExpressionResolver resolver(context.address_variables, context.port_variables);
  RuleLines lines(text);
  for (RuleLine line; lines.next(line);) {
    if (line.is_comment()) continue;
    try {
      const auto parsed = parse_line(line.text(), resolver);
      if (apply(parsed, set.rules) == 0)
        set.warnings.push_back({line.position_of(nullptr, file), parsed.signature,
                                fmt::format("no rule has gen_id {} and sig_id {}", parsed.generator,
                                            parsed.signature)});
    } catch (const Refusal& refusal) {
      set.refused.push_back({line.position_of(refusal.at, file), 0, refusal.message});
    }
  }
}

}  // namespace sekisho::rules
