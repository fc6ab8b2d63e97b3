#include "controlplane/compiler/compile_rules.h"

#include <charconv>
#include <span>
#include <utility>

#include "config/snapshot/snapshot.h"
#include "engines/ips/ips.h"
#include "rules/ips/parse.h"
#include "rules/ips/variables.h"

namespace sekisho::controlplane {
namespace {

struct NamedText {
  std::string_view name;
  std::string_view text;
};

Result<std::vector<NamedText>> read_frames(std::string_view input) {
  const Error damaged{Error::Code::invalid_input, "the input is not a list of rule files"};
  std::vector<NamedText> texts;
  while (!input.empty()) {
    const auto end = input.find('\n');
    const auto space = input.rfind(' ', end);
    if (end == std::string_view::npos || space == std::string_view::npos) return damaged;
    std::size_t bytes = 0;
    const auto number = input.substr(space + 1, end - space - 1);
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), bytes);
    if (parsed.ec != std::errc{} || parsed.ptr != number.data() + number.size()) return damaged;
    const auto name = input.substr(0, space);
    input.remove_prefix(end + 1);
    if (bytes > input.size()) return damaged;
    texts.push_back({name, input.substr(0, bytes)});
    input.remove_prefix(bytes);
  }
  return texts;
}

bool is_rules(std::string_view name) {
  return name == rules::kOwnRulesFile ||
         (name.ends_with(".rules") && name.find('/') == std::string_view::npos);
}

rules::RuleSet parse(const std::vector<NamedText>& texts) {
  auto context = rules::RuleContext::of_gateway();
  for (const auto& [name, text] : texts)
    if (name == rules::kVariablesFile) rules::parse_variables(text, context);
  for (const auto& [name, text] : texts)
    if (name == "classification.config") rules::parse_classifications(text, context);
  rules::RuleSet set;
  for (const auto& [name, text] : texts)
    if (is_rules(name)) rules::parse_rules(text, name, context, set);
  for (const auto& [name, text] : texts)
    if (rules::is_reputation_categories(name)) rules::parse_reputation_categories(text, name, set);
  for (const auto& [name, text] : texts)
    if (rules::is_reputation_list(name)) rules::parse_reputation_list(text, name, set);
  for (const auto& [name, text] : texts)
    if (name == "threshold.config") rules::parse_thresholds(text, name, context, set);
  return set;
}

/// The rules in `file`; empty when its digest says that it is not as it was made.
std::span<const std::byte> artifact_in(std::span<const std::byte> file) {
  const auto view = snapshot::SnapshotView::open(file);
  if (!view) return {};
  const auto section = view->section(snapshot::kRulesSection);
  return section ? *section : std::span<const std::byte>();
}

policy::Diagnostic diagnostic_of(const rules::RuleDiagnostic& refused) {
  std::string message = refused.position.file + ": ";
  if (refused.signature != 0) message += "rule " + std::to_string(refused.signature) + ": ";
  return {{refused.position.line, refused.position.column}, message + refused.message};
}

}  // namespace

Result<CompiledRules> compile_rules(std::string_view input, std::span<const std::byte> known,
                                    const rules::GeoDatabase* geo) {
  if (input.size() > kMaxRulesBytes)
    return Error{Error::Code::resource,
                 "the rules have more than " + std::to_string(kMaxRulesBytes >> 20) + " MiB"};
  auto texts = read_frames(input);
  if (!texts) return std::move(texts).error();
  auto set = parse(*texts);
  engines::ips::CompileOptions options;
  options.known = artifact_in(known);
  options.geo = geo;
  for (const auto& [name, text] : *texts)
    if (!is_rules(name) && !name.ends_with(".config")) options.data_files.emplace(name, text);
  const auto artifact = engines::ips::compile(set, options);
  if (!artifact) return Error{artifact.error()};
  snapshot::SnapshotWriter writer;
  writer.add(snapshot::kRulesSection, *artifact);
  CompiledRules compiled{writer.finish(), static_cast<std::uint32_t>(set.rules.size()), {}};
  if (compiled.file.size() > snapshot::kMaxSnapshotBytes)
    return Error{Error::Code::resource,
                 "the compiled rules have " + std::to_string(compiled.file.size()) +
                     " bytes, more than " + std::to_string(snapshot::kMaxSnapshotBytes)};
  for (const auto& refused : set.refused) compiled.refused.push_back(diagnostic_of(refused));
  for (const auto& warning : set.warnings)
    if (warning.same_sid) compiled.refused.push_back(diagnostic_of(warning));
  // Of the policy's own rules the policy's warnings tell it.
  for (const auto& warning : set.warnings)
    if (warning.no_effect && warning.position.file != rules::kOwnRulesFile)
      compiled.refused.push_back(diagnostic_of(warning));
  return compiled;
}

}  // namespace sekisho::controlplane
