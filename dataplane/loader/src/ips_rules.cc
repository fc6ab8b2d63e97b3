#include "dataplane/loader/ips_rules.h"

#include "config/base/file_copy.h"
#include "config/snapshot/snapshot.h"

namespace sekisho::dataplane {

Result<std::shared_ptr<IpsRules>> IpsRules::load(std::string_view folder, std::string_view name,
                                                 const IpsRules* former) {
  const auto path = std::string(folder) + "/" + std::string(name);
  auto file = read_file(path, snapshot::kMaxSnapshotBytes, Links::refuse);
  if (!file) return std::move(file).error();
  const auto view = snapshot::SnapshotView::open(file->bytes());
  if (!view) return Error{view.error()}.within(path);
  const auto artifact = view->section(snapshot::kRulesSection);
  if (!artifact) return Error{artifact.error()}.within(path);
  auto ruleset = engines::ips::Ruleset::load(*artifact);
  if (!ruleset) return std::move(ruleset).error().within(path);
  auto hosts =
      former != nullptr ? former->hosts_ : std::make_shared<engines::ips::HostState>(kHosts);
  std::shared_ptr<IpsRules> rules(new IpsRules(std::move(hosts)));
  rules->memory_ = std::move(file->memory);
  rules->name_ = name;
  rules->own_ = *std::move(ruleset);
  rules->ruleset_ = rules->own_.get();
  return rules;
}

std::shared_ptr<IpsRules> IpsRules::borrow(const engines::ips::Ruleset& ruleset) {
  std::shared_ptr<IpsRules> rules(new IpsRules(std::make_shared<engines::ips::HostState>(kHosts)));
  rules->ruleset_ = &ruleset;
  return rules;
}

}  // namespace sekisho::dataplane
