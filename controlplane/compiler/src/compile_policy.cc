#include "controlplane/compiler/compile_policy.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "config/snapshot/meta.h"
#include "config/snapshot/snapshot.h"
#include "engines/all_engines.h"
#include "rules/applications/edition.h"
#include "rules/ips/variables.h"

namespace sekisho::controlplane {
namespace {

using policy::Diagnostic;

std::string_view name_of(policy::Action action) {
  switch (action) {
    case policy::Action::allow:
      return "allow";
    case policy::Action::block:
      return "block";
    case policy::Action::monitor:
      return "monitor";
  }
  return "";
}

std::string text_of(const Diagnostic& diagnostic) {
  if (diagnostic.position.line == 0) return diagnostic.message;
  return std::to_string(diagnostic.position.line) + ":" +
         std::to_string(diagnostic.position.column) + ": " + diagnostic.message;
}

void sort_by_position(std::vector<Diagnostic>& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::pair(a.position.line, a.position.column) <
                            std::pair(b.position.line, b.position.column);
                   });
}

snapshot::SnapshotMeta describe(const policy::Policy& policy,
                                const std::vector<Diagnostic>& warnings) {
  snapshot::SnapshotMeta meta;
  meta.edition = rules::edition();
  meta.time_zone = policy.time_zone;
  std::set<std::string> fqdns;
  for (const policy::Rule& rule : policy.rules) {
    meta.rules.push_back(
        {rule.name, std::string(name_of(rule.action)), rule.enabled, rule.log, rule.position.line});
    if (!rule.enabled) continue;
    fqdns.insert(rule.source.fqdns.begin(), rule.source.fqdns.end());
    fqdns.insert(rule.destination.fqdns.begin(), rule.destination.fqdns.end());
  }
  meta.fqdns.assign(fqdns.begin(), fqdns.end());
  for (const Diagnostic& warning : warnings) meta.warnings.push_back(text_of(warning));
  meta.drop_malformed = policy.packet_checks.drop_malformed;
  meta.midstream_pickup = policy.packet_checks.midstream_pickup;
  meta.drop_out_of_window = policy.packet_checks.drop_out_of_window;
  meta.accept_asymmetric = policy.packet_checks.accept_asymmetric;
  const auto& page = policy.block_page;
  meta.block_page = {
      .organisation = page.organisation, .message = page.message, .contact = page.contact};
  for (const auto& category : policy.url_categories)
    meta.url_categories.push_back({category.name, category.title});
  for (const auto& application : policy.applications)
    meta.applications.push_back(
        {application.name, application.title, application.category, application.risk});
  for (const auto& user : policy.users)
    meta.users.push_back({user.name, user.groups, user.addresses, user.macs});
  return meta;
}

std::string own_rules_of(const policy::Policy& policy) {
  std::string text;
  for (const auto& entry : policy.ips_rules) text += entry.text + "\n";
  return text;
}

/// The same rules always have the same name, so that they are compiled once.
std::string name_of_rules(std::string_view own_rules, std::string_view variables,
                          std::string_view rule_packs, const rules::GeoDatabase* geo) {
  if (own_rules.empty() && rule_packs.empty()) return {};
  auto source = "sekisho IPS rules 2\n" + std::string(rule_packs) + "\n";
  if (geo != nullptr) source += geo->edition();
  source += '\n';
  source.append(std::to_string(variables.size())).append("\n").append(variables);
  source.append(own_rules);
  return snapshot::sha256_hex(std::as_bytes(std::span(source)));
}

bool wants_ips(const policy::Policy& policy) {
  return std::any_of(policy.rules.begin(), policy.rules.end(), [&](const policy::Rule& rule) {
    return rule.enabled && std::any_of(policy.profiles.begin(), policy.profiles.end(),
                                       [&](const policy::SecurityProfile& profile) {
                                         const auto& ips = profile.sections.find("ips")->second;
                                         return profile.name == rule.profile &&
                                                *std::get_if<bool>(&ips.find("enabled")->second);
                                       });
  });
}

}  // namespace

std::variant<CompiledPolicy, std::vector<Diagnostic>> compile_policy(std::string_view yaml,
                                                                     const rules::GeoDatabase* geo,
                                                                     std::string_view rule_packs) {
  auto loaded = policy::load_yaml(yaml);
  if (auto* mistakes = std::get_if<std::vector<Diagnostic>>(&loaded)) return std::move(*mistakes);
  auto& [policy, warnings] = *std::get_if<policy::LoadedPolicy>(&loaded);

  std::vector<Diagnostic> mistakes;
  std::vector<std::pair<std::string_view, engines::Artifact>> artifacts;
  for (const engines::EngineSpec* spec : engines::all_engines()) {
    auto compiled = spec->compile({policy, geo}, warnings);
    if (auto* found = std::get_if<engines::Diagnostics>(&compiled))
      mistakes.insert(mistakes.end(), found->begin(), found->end());
    else
      artifacts.emplace_back(spec->name, std::move(*std::get_if<engines::Artifact>(&compiled)));
  }
  if (!mistakes.empty()) {
    sort_by_position(mistakes);
    return mistakes;
  }
  sort_by_position(warnings);

  const auto own_rules = own_rules_of(policy);
  const auto variables = rules::variables_text(policy);
  const auto rules_name = name_of_rules(own_rules, variables, rule_packs, geo);
  if (rules_name.empty() && wants_ips(policy))
    warnings.push_back({{}, "intrusion prevention is on, but this gateway has no rules for it"});
  snapshot::SnapshotWriter writer;
  auto description = describe(policy, warnings);
  description.ips_rules = rules_name;
  const std::string meta = snapshot::to_json(description);
  if (!own_rules.empty())
    writer.add(snapshot::kIpsRulesSection, std::as_bytes(std::span(own_rules)));
  if (!variables.empty())
    writer.add(snapshot::kIpsVariablesSection, std::as_bytes(std::span(variables)));
  writer.add(snapshot::kMetaSection, std::as_bytes(std::span(meta)));
  writer.add(snapshot::kSourceSection, std::as_bytes(std::span(yaml)));
  for (const auto& [name, artifact] : artifacts) writer.add(name, artifact);

  auto bytes = writer.finish();
  if (bytes.size() > snapshot::kMaxSnapshotBytes)
    return std::vector<Diagnostic>{{{},
                                    "the compiled policy has " + std::to_string(bytes.size()) +
                                        " bytes, more than " +
                                        std::to_string(snapshot::kMaxSnapshotBytes)}};
  return CompiledPolicy{std::move(bytes), std::move(warnings),
                        static_cast<std::uint32_t>(policy.rules.size())};
}

}  // namespace sekisho::controlplane
