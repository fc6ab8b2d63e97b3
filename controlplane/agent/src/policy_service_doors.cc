#include "policy_service_doors.h"

#include <ctime>
#include <thread>

#include "config/snapshot/snapshot.h"
#include "text_of.h"

namespace sekisho::controlplane {
namespace {

constexpr std::chrono::seconds kWaitForOtherChange{30};
constexpr std::chrono::milliseconds kBetweenTries{200};

}  // namespace

std::chrono::system_clock::time_point change_deadline() {
  return std::chrono::system_clock::now() + kWaitForOtherChange;
}

Refusal busy() {
  return {.error = {Error::Code::resource, "another policy change is under way"},
          .diagnostics = {},
          .by_dataplane = false,
          .busy = true,
          .by_disk = false};
}

Result<snapshot::SnapshotMeta> meta_in(std::span<const std::byte> snapshot) {
  const auto view = snapshot::SnapshotView::open(snapshot);
  if (!view) return Error{view.error()};
  const auto meta = view->section(snapshot::kMetaSection);
  return meta ? snapshot::parse_meta(text_of(*meta)) : Error{meta.error()};
}

Result<PolicyRules> rules_of(std::span<const std::byte> snapshot) {
  const auto view = snapshot::SnapshotView::open(snapshot);
  if (!view) return Error{view.error()};
  auto meta = meta_in(snapshot);
  if (!meta) return std::move(meta).error();
  const auto own = view->section(snapshot::kIpsRulesSection);
  const auto variables = view->section(snapshot::kIpsVariablesSection);
  return PolicyRules{std::move(meta->ips_rules), own ? text_of(*own) : std::string(),
                     variables ? text_of(*variables) : std::string()};
}

Result<std::string> source_of(std::span<const std::byte> snapshot) {
  const auto view = snapshot::SnapshotView::open(snapshot);
  if (!view) return Error{view.error()};
  const auto source = view->section(snapshot::kSourceSection);
  return source ? Result<std::string>(text_of(*source)) : Error{source.error()};
}

std::variant<CompilerOutput, Refusal> PolicyService::Doors::compile(std::string_view yaml) {
  const auto packs = service_.packs_.digest();
  if (!packs)
    return Refusal{.error = Error{packs.error()}.within("packs of IPS rules"),
                   .diagnostics = {},
                   .by_rules = true};
  return run_compiler(yaml, service_.compiler_, *packs);
}

Result<std::vector<policy::Diagnostic>> PolicyService::Doors::prepare_rules(
    std::span<const std::byte> snapshot) {
  const auto rules = rules_of(snapshot);
  if (!rules) return Error{rules.error()};
  return service_.packs_.prepare(*rules, service_.rules_in_force());
}

Result<PolicyVersion> PolicyService::Doors::stage(std::span<const std::byte> snapshot,
                                                  const std::string& content_address,
                                                  std::uint32_t rules, std::string_view comment) {
  auto staged = service_.store_.stage(
      snapshot, {content_address, rules, std::string(comment), std::time(nullptr),
                 change_.bundle_version, change_.awaits_confirmation});
  service_.publish();
  return staged;
}

Status PolicyService::Doors::hand_over(const PolicyVersion& version) {
  const auto give_up = std::chrono::steady_clock::now() + kWaitForDataplane;
  auto taken = hand_over_once(version);
  while (change_.is_patient && !taken && taken.error().code == Error::Code::not_found &&
         std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(kBetweenTries);
    taken = hand_over_once(version);
  }
  return taken;
}

Status PolicyService::Doors::commit() {
  auto committed =
      change_.awaits_confirmation ? service_.store_.keep_unconfirmed() : service_.store_.commit();
  // Refused is refused: align() gives the dataplane back what it had.
  if (!committed && change_.awaits_confirmation) (void)service_.store_.discard();
  service_.remove_unused_rules();
  service_.publish();
  service_.publish_content();  // how many rules of a pack are in force goes by the policy
  return committed;
}

Status PolicyService::Doors::discard() {
  auto discarded = service_.store_.discard();
  service_.publish();
  return discarded;
}

Status PolicyService::Doors::hand_over_once(const PolicyVersion& version) {
  auto loaded = service_.hand_over(version);
  if (loaded || loaded.error().code != Error::Code::io) return loaded;
  // The answer was lost, perhaps not the policy: what runs decides.
  const auto state = service_.dataplane_.state();
  if (state && state->serial == version.serial && state->content_address == version.content_address)
    return ok();
  return loaded;
}

}  // namespace sekisho::controlplane
