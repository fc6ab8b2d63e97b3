#include "controlplane/compiler/compile_rules.h"

#include <map>
#include <span>
#include <utility>

#include "config/snapshot/snapshot.h"
#include "controlplane/files/framed_texts.h"
#include "engines/ips/ips.h"
#include "rules/ips/parse.h"
#include "rules/ips/variables.h"

namespace sekisho::controlplane {
namespace {

/// A pack's file is named PACK/FILE.
std::string_view file_name_of(const FramedText& text) {
  return text.name.substr(text.name.rfind('/') + 1);
}

bool is_rules(std::string_view name) {
  return name == rules::kOwnRulesFile || name.ends_with(".rules");
}

rules::RuleSet parse(const std::vector<FramedText>& texts) {
  auto context = rules::RuleContext::of_gateway();
  for (const auto& [name, text] : texts)
    if (name == rules::kVariablesFile) rules::parse_variables(text, context);
  for (const auto& text : texts)
    if (file_name_of(text) == "classification.config")
      rules::parse_classifications(text.text, context);
  rules::RuleSet set;
  for (const auto& [name, text] : texts)
    if (is_rules(name)) rules::parse_rules(text, name, context, set);
  for (const auto& [name, text] : texts)
    if (rules::is_reputation_categories(name)) rules::parse_reputation_categories(text, name, set);
  for (const auto& [name, text] : texts)
    if (rules::is_reputation_list(name)) rules::parse_reputation_list(text, name, set);
  for (const auto& text : texts)
    if (file_name_of(text) == "threshold.config")
      rules::parse_thresholds(text.text, text.name, context, set);
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

std::vector<RuleCount> count(const std::vector<FramedText>& texts, const rules::RuleSet& set) {
  std::map<std::string_view, std::pair<std::uint32_t, std::uint32_t>> by_file;
  for (const auto& rule : set.rules) ++by_file[rule.position.file].first;
  for (const auto& refused : set.refused) ++by_file[refused.position.file].second;
  std::vector<RuleCount> counts;
  counts.reserve(texts.size());
  for (const auto& text : texts)
    counts.push_back({std::string(text.name), by_file[text.name].first, by_file[text.name].second});
  return counts;
}

}  // namespace

Result<CompiledRules> compile_rules(std::string_view input, std::span<const std::byte> known,
                                    const rules::GeoDatabase* geo) {
  if (input.size() > kMaxRulesBytes)
    return Error{Error::Code::resource,
                 "the rules have more than " + std::to_string(kMaxRulesBytes >> 20) + " MiB"};
  const auto texts = read_frames(input);
  if (!texts) return Error{Error::Code::invalid_input, "the input is not a list of rule files"};
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
  CompiledRules compiled{
      writer.finish(), static_cast<std::uint32_t>(set.rules.size()), {}, count(*texts, set)};
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
