#include "rules/ips/parse.h"

#include <fmt/format.h>

#include <array>
#include <unordered_map>
#include <utility>

#include "checks.h"
#include "dialect.h"
#include "keyword.h"
#include "requirements.h"
#include "rule_lines.h"

namespace sekisho::rules {
namespace {

/// Rules longer than this are refused: no public one comes near, and positions stay 32 bits.
constexpr std::size_t kMaxRuleBytes = std::size_t{256} << 10;
constexpr std::size_t kMaxOptions = 4096;

/// The sid of a rule that is refused, where it can be seen.
std::uint32_t signature_of(const RuleParts& parts) noexcept {
  for (const auto& option : parts.options)
    if (option.name == "sid")
      return static_cast<std::uint32_t>(to_unsigned(option.value).value_or(0));
  return 0;
}

bool looks_like_disabled_rule(std::string_view comment) noexcept {
  comment = trim(comment.substr(comment.find_first_not_of('#') == std::string_view::npos
                                    ? comment.size()
                                    : comment.find_first_not_of('#')));
  for (const std::string_view action : {"alert ", "drop ", "pass ", "reject ", "rejectsrc ",
                                        "rejectdst ", "rejectboth ", "block ", "config "})
    if (comment.starts_with(action))
      return comment.find('(') != std::string_view::npos && comment.ends_with(')');
  return false;
}

/// What a rule is called by stands in it once: which of two was meant cannot be told.
void refuse_repeated(const std::vector<RuleOption>& options) {
  constexpr std::array<std::string_view, 4> kOnce = {"msg", "sid", "rev", "gid"};
  std::array<bool, kOnce.size()> seen{};
  for (const auto& option : options)
    for (std::size_t i = 0; i < kOnce.size(); ++i)
      if (option.name == kOnce[i] && std::exchange(seen[i], true))
        refuse(option.name, fmt::format("{} stands a second time", option.name));
}

/// Reads the rules of one file into a set.
class FileParser {
 public:
  FileParser(std::string_view file, const RuleContext& context, RuleSet& set)
      : file_(file), set_(set), session_(set, context) {
    for (std::size_t i = 0; i < set.rules.size(); ++i)
      by_signature_.emplace(key_of(set.rules[i]), i);
  }

  void read(const RuleLine& line) {
    if (line.is_comment()) {
      if (looks_like_disabled_rule(line.text())) ++set_.num_disabled;
      return;
    }
    std::uint32_t signature = 0;
    try {
      if (line.text().size() > kMaxRuleBytes)
        refuse(line.text(), fmt::format("a rule longer than {} bytes", kMaxRuleBytes));
      const auto parts = split_rule(line.text());
      signature = signature_of(parts);
      read_rule(line, parts);
    } catch (const Refusal& refusal) {
      set_.refused.push_back({line.position_of(refusal.at, file_), signature, refusal.message});
    }
  }

 private:
  static std::uint64_t key_of(const Rule& rule) noexcept {
    return std::uint64_t{rule.generator} << 32 | rule.signature;
  }

  void read_rule(const RuleLine& line, const RuleParts& parts) {
    if (parts.options.size() > kMaxOptions)
      refuse(line.text(), fmt::format("more than {} options", kMaxOptions));
    for (const auto& option : parts.options)
      if (option.name == "requires" && !requirements_met(option.value)) {
        ++set_.num_not_for_us;
        return;
      }
    auto header = parse_header(parts.header, session_.resolver);
    const auto dialect = dialect_of(parts, header.has_addresses);
    RuleBuilder builder(session_, std::move(header), dialect, line, file_);
    refuse_repeated(parts.options);
    for (const auto& option : parts.options) read_option(builder, option);
    finish_rule(builder);
    auto& rule = builder.rule;
    rule.position = line.position_of(nullptr, file_);
    for (std::size_t i = 0; i < rule.buffers.size(); ++i)
      rule.buffers[i].position = line.position_of(builder.buffer_places()[i], file_);
    for (auto& warning : builder.warnings)
      set_.warnings.push_back(
          {line.position_of(warning.where, file_), rule.signature, std::move(warning.message)});
    for (const auto& keyword : builder.no_effects)
      set_.warnings.push_back(
          {rule.position, rule.signature, "no effect here: " + keyword, {}, true});
    keep(std::move(rule));
  }

  /// Of rules with one sid the highest revision stays, at the place of the first.
  void keep(Rule rule) {
    const auto [found, is_new] = by_signature_.emplace(key_of(rule), set_.rules.size());
    if (is_new) {
      set_.rules.push_back(std::move(rule));
      return;
    }
    auto& other = set_.rules[found->second];
    const bool newer = rule.revision > other.revision;
    const auto& loser = newer ? other : rule;
    const auto& winner = newer ? rule : other;
    set_.warnings.push_back(
        {loser.position, loser.signature,
         fmt::format("sid {} rev {} gives way to rev {} at {}:{}", loser.signature, loser.revision,
                     winner.revision, winner.position.file, winner.position.line),
         winner.position});
    if (newer) other = std::move(rule);
  }

  std::string_view file_;
  RuleSet& set_;
  RuleSession session_;
  std::unordered_map<std::uint64_t, std::size_t> by_signature_;
};

}  // namespace

void parse_rules(std::string_view text, std::string_view file, const RuleContext& context,
                 RuleSet& set) {
  FileParser parser(file, context, set);
  RuleLines lines(text);
  for (RuleLine line; lines.next(line);) parser.read(line);
}

}  // namespace sekisho::rules
