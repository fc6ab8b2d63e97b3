// The box's packs of IPS rules: changed like a policy, one change at a time.
#include <spdlog/spdlog.h>

#include "policy_service_doors.h"

namespace sekisho::controlplane {

std::vector<RulePacks::Pack> PolicyService::rule_packs() {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return {};
  auto packs = packs_.list(rules_in_force());
  return packs ? *std::move(packs) : std::vector<RulePacks::Pack>{};
}

Status PolicyService::begin_pack_change() {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return busy().error;
  packs_.discard_change();
  return ok();
}

Status PolicyService::import_pack(std::string_view name, std::string_view text) {
  const std::unique_lock lock(change_mutex_, change_deadline());
  return lock ? packs_.import_pack(name, text) : busy().error;
}

Status PolicyService::remove_pack(std::string_view name) {
  const std::unique_lock lock(change_mutex_, change_deadline());
  return lock ? packs_.remove_pack(name) : busy().error;
}

std::variant<Applied, Refusal> PolicyService::recompile() {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return busy();
  packs_.try_change();
  auto outcome = compile_again(false);
  const bool awaits_first_policy = !store_.in_force();
  if (std::holds_alternative<Refusal>(outcome) && !awaits_first_policy) {
    packs_.discard_change();
    return outcome;
  }
  if (auto committed = packs_.commit_change(); !committed)
    return Refusal{std::move(committed).error().within("packs of IPS rules"), {}};
  publish_content();
  return outcome;
}

std::optional<RulePacks::LeftOut> PolicyService::packs_left_out() const {
  const std::lock_guard lock(published_mutex_);
  return left_out_;
}

/// The policy in force with the packs as they are now; under change_mutex_. `must_succeed`: see
/// apply_best().
std::variant<Applied, Refusal> PolicyService::compile_again(bool is_patient, bool must_succeed) {
  if (store_.unconfirmed()) return busy();
  const auto& version = store_.current();
  if (!version) return Refusal{{Error::Code::not_found, "no policy is in force yet"}, {}};
  const auto bytes = store_.read(version->content_address);
  if (!bytes) return Refusal{Error{bytes.error()}, {}};
  const auto source = source_of(*bytes);
  if (!source) return Refusal{Error{source.error()}, {}};
  Doors doors(*this, {.bundle_version = version->bundle_version,
                      .awaits_confirmation = false,
                      .is_patient = is_patient});
  const auto comment = version->comment;  // `version` ends with the change
  auto outcome =
      must_succeed ? apply_best(*source, comment, doors) : apply_policy(*source, comment, doors);
  report(outcome, "applied");
  return outcome;
}

bool PolicyService::content_is_free() const {
  const std::lock_guard lock(published_mutex_);
  return published_.current && !published_.unconfirmed && !published_.pending;
}

std::variant<Applied, Refusal> PolicyService::apply_content(const ContentSet& set) {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock || store_.unconfirmed()) return busy();
  if (auto staged = packs_.content().stage(set); !staged) {
    spdlog::error("packs of the console, version {}: {}", set.version, staged.error().message);
    packs_.content().refuse(set.version, "disk", staged.error().message);
    publish_content();
    return Refusal{std::move(staged).error().within("packs of IPS rules"), {}};
  }
  return bring_content_into_force("version " + std::to_string(set.version));
}

std::variant<Applied, Refusal> PolicyService::rollback_content() {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock || store_.unconfirmed()) return busy();
  if (auto staged = packs_.content().stage_former(); !staged)
    return Refusal{std::move(staged).error(), {}};
  return bring_content_into_force("the version before");
}

std::variant<Applied, Refusal> PolicyService::withdraw_content(std::string_view why) {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock || store_.unconfirmed()) return busy();
  auto& content = packs_.content();
  auto staged = content.former() ? content.stage_former() : content.stage_nothing();
  if (!staged) return Refusal{std::move(staged).error(), {}};
  return bring_content_into_force("the version before, as " + std::string(why), why);
}

void PolicyService::prove_content() {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return;
  if (auto proven = packs_.content().prove(); !proven)
    spdlog::error("packs of the console: {}", proven.error().message);
  publish_content();
}

/// What was staged, or what was in force stays; under change_mutex_.
std::variant<Applied, Refusal> PolicyService::bring_content_into_force(const std::string& what,
                                                                       std::string_view why_back) {
  packs_.retry_console();
  auto outcome = compile_again(true);
  auto& content = packs_.content();
  Status noted = ok();
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) {
    const auto& why = refusal->error.message;
    // Handing over begins with compiling the rules.
    const bool by_compiler = !refusal->by_dataplane || why.find(kIpsRules) != std::string::npos;
    spdlog::error("packs of the console, {}: {}", what, why);
    packs_.take_back_left_out();
    noted = content.discard(refusal->by_disk ? "disk"
                            : by_compiler    ? "compiler"
                                             : "dataplane",
                            why);
  } else {
    if (auto kept = packs_.keep_left_out(); !kept) spdlog::error("{}", kept.error().message);
    noted = content.commit(why_back);
    spdlog::info("packs of the console, {}: in force", what);
  }
  if (!noted) spdlog::error("packs of the console: {}", noted.error().message);
  publish_content();
  return outcome;
}

std::optional<ContentSet> PolicyService::take_interrupted_content() {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return std::nullopt;
  auto set = packs_.content().take_interrupted();
  publish_content();
  return set;
}

void PolicyService::forget_content() {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return;
  if (auto forgotten = packs_.content().forget(); !forgotten)
    spdlog::error("packs of the console: {}", forgotten.error().message);
  publish_content();
}

ContentReport PolicyService::content() const {
  const std::lock_guard lock(published_mutex_);
  return content_;
}

std::optional<std::uint64_t> PolicyService::former_content() const {
  const std::lock_guard lock(published_mutex_);
  return former_content_;
}

/// Under change_mutex_.
void PolicyService::publish_content() {
  const auto& store = packs_.content();
  ContentReport report{.version_in_force = 0,
                       .digest = {},
                       .packs = {},
                       .attempt = store.attempt(),
                       .highest_version = store.highest_version(),
                       .is_unproven = store.is_unproven()};
  if (const auto& current = store.current()) {
    report.version_in_force = current->version;
    report.digest = current->digest;
    for (const auto& pack : current->packs) report.packs.push_back({pack.name, pack.version, 0, 0});
    const auto listed = packs_.list(rules_in_force());
    for (auto& pack : report.packs)
      for (const auto& row : listed ? *listed : std::vector<RulePacks::Pack>{})
        if (row.origin == RulePacks::Origin::console && row.name == pack.name) {
          pack.rules = row.rules;
          pack.refused = row.refused;
        }
  }
  auto left_out = packs_.left_out();
  const std::lock_guard lock(published_mutex_);
  content_ = std::move(report);
  left_out_ = std::move(left_out);
  former_content_ =
      store.former() ? std::optional<std::uint64_t>(store.former()->version) : std::nullopt;
}

/// The name of the compiled rules that the policy in force has; empty: none.
std::string PolicyService::rules_in_force() const {
  const auto& version = store_.in_force();
  if (!version) return {};
  const auto bytes = store_.read(version->content_address);
  if (!bytes) return {};
  auto rules = rules_of(*bytes);
  return rules ? std::move(rules->name) : std::string();
}

}  // namespace sekisho::controlplane
