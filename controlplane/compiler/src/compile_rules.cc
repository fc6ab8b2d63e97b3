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

rules::RuleSet parse(const std::vector<FramedText>& texts) {
  auto context = rules::RuleContext::of_gateway();
  for (const auto& [name, text] : texts)
    if (name == rules::kVariablesFile) rules::parse_variables(text, context);
  for (const auto& text : texts)
    if (file_name_of(text) == "classification.config")
      rules::parse_classifications(text.text, context);
  rules::RuleSet set;
  for (const auto& [name, text] : texts)
    if (!name.ends_with(".config")) rules::parse_rules(text, name, context, set);
  for (const auto& text : texts)
    if (file_name_of(text) == "threshold.config")
      rules::parse_thresholds(text.text, text.name, context, set);
  return set;
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
  for (const auto& text : texts)
    counts.push_back({std::string(text.name), by_file[text.name].first, by_file[text.name].second});
  return counts;
}

}  // namespace

Result<CompiledRules> compile_rules(std::string_view input) {
  if (input.size() > kMaxRulesBytes)
    return Error{Error::Code::resource,
                 "the rules have more than " + std::to_string(kMaxRulesBytes >> 20) + " MiB"};
  const auto texts = read_frames(input);
  if (!texts) return Error{Error::Code::invalid_input, "the input is not a list of rule files"};
  auto set = parse(*texts);
  const auto artifact = engines::ips::compile(set, {});
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
  return compiled;
}

}  // namespace sekisho::controlplane
