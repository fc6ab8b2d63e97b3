#include "controlplane/agent/policy_service.h"

#include <spdlog/spdlog.h>

#include <ctime>
#include <utility>

#include "config/policy/policy.h"
#include "config/snapshot/snapshot.h"
#include "policy_service_doors.h"
#include "rules/applications/edition.h"
#include "text_of.h"

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kKnownSerials = 256;

bool runs(const DataplaneState& state, const std::optional<PolicyVersion>& version) {
  return version && version->serial == state.serial &&
         version->content_address == state.content_address;
}

/// Not about a dataplane that is away or has no memory.
bool is_about_the_snapshot(const Error& error) {
  return error.code == Error::Code::invalid_input || error.code == Error::Code::version;
}

bool is_about_the_rules(const Error& error) { return error.message.starts_with(kIpsRules); }

}  // namespace

PolicyService::PolicyService(PolicyStore store, RulePacks packs, CompilerSettings compiler,
                             const DataplaneClient& dataplane, Observer observer)
    : store_(std::move(store)),
      packs_(std::move(packs)),
      compiler_(std::move(compiler)),
      dataplane_(dataplane),
      observer_(std::move(observer)) {
  publish();
  publish_content();
}

PolicyService::~PolicyService() = default;

/// With the IPS rules that the policy names, compiled now if they are not there, or if the
/// dataplane cannot use what is there: damaged, or by another version of the product or on another
/// processor.
Status PolicyService::hand_over(const PolicyVersion& version) {
  const auto bytes = store_.read(version.content_address);
  if (!bytes) return Error{bytes.error()};
  const auto rules = rules_of(*bytes);
  if (!rules) return Error{rules.error()};
  if (auto prepared = packs_.prepare(*rules, rules_in_force()); !prepared)
    return std::move(prepared).error().within(kIpsRules);
  const auto path = store_.path_of(version.content_address);
  auto loaded = dataplane_.load_policy(path, version.serial);
  const bool names_rules = !loaded && !rules->name.empty() &&
                           loaded.error().message.find(rules->name) != std::string::npos;
  if (!names_rules) return loaded;
  spdlog::warn("IPS rules are compiled again: {}", loaded.error().message);
  packs_.forget_compiled(rules->name);
  if (auto prepared = packs_.prepare(*rules); !prepared)
    return std::move(prepared).error().within(kIpsRules);
  return dataplane_.load_policy(path, version.serial);
}

Status PolicyService::hand_over_again() {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return busy().error;
  const auto& version = store_.in_force();
  if (!version) return ok();
  auto handed = hand_over(*version);
  return !handed && handed.error().code == Error::Code::not_found ? ok() : handed;
}

/// What a kept policy names may be wanted again soon if it is one of the last.
void PolicyService::remove_unused_rules() {
  std::vector<std::string> in_use;
  for (const auto& version : {store_.in_force(), store_.current()}) {
    if (!version) continue;
    const auto bytes = store_.read(version->content_address);
    if (!bytes) continue;
    if (auto rules = rules_of(*bytes)) in_use.push_back(std::move(rules->name));
  }
  packs_.remove_unused(in_use);
}

std::variant<Applied, Refusal> PolicyService::apply(std::string_view yaml,
                                                    std::string_view comment) {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return busy();
  Doors doors(*this);
  auto outcome =
      store_.in_force() ? apply_policy(yaml, comment, doors) : apply_best(yaml, comment, doors);
  report(outcome, "applied");
  return outcome;
}

std::variant<Applied, Refusal> PolicyService::rollback(std::uint32_t serial) {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return busy();
  // The one before an unconfirmed policy is the confirmed one.
  const bool undo = serial == 0 && store_.unconfirmed() && store_.current();
  auto target = undo          ? Result<PolicyVersion>(*store_.current())
                : serial == 0 ? store_.previous()
                              : store_.find(serial);
  if (!target) return Refusal{std::move(target).error(), {}};
  auto bytes = store_.read(target->content_address);
  if (!bytes) return Refusal{std::move(bytes).error(), {}};
  Doors doors(*this);
  auto outcome =
      apply_kept(*bytes, *target, "rollback to " + std::to_string(target->serial), doors);
  report(outcome, "rolled_back");
  return outcome;
}

std::variant<Applied, Refusal> PolicyService::apply_unconfirmed(std::string_view yaml,
                                                                std::uint64_t bundle_version) {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return busy();
  Doors doors(*this,
              {.bundle_version = bundle_version, .awaits_confirmation = true, .is_patient = true});
  const auto comment = "version " + std::to_string(bundle_version);
  auto outcome =
      store_.in_force() ? apply_policy(yaml, comment, doors) : apply_best(yaml, comment, doors);
  report(outcome, "enforced");
  return outcome;
}

Status PolicyService::confirm(std::uint64_t bundle_version) {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return busy().error;
  const auto waiting = store_.unconfirmed();
  if (!waiting || waiting->bundle_version != bundle_version)
    return Error{Error::Code::not_found,
                 "version " + std::to_string(bundle_version) + " does not await a confirmation"};
  auto confirmed = store_.confirm();
  publish();
  if (confirmed)
    observer_({"confirmed", waiting->serial, waiting->content_address, waiting->comment});
  return confirmed;
}

Status PolicyService::withdraw(std::uint64_t bundle_version, std::string_view why) {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return busy().error;
  const auto waiting = store_.unconfirmed();
  if (!waiting || waiting->bundle_version != bundle_version)
    return Error{Error::Code::not_found,
                 "version " + std::to_string(bundle_version) + " does not await a confirmation"};
  // The disk first: a kill in between, or a dataplane that is away, leaves the rest to align().
  if (auto withdrawn = store_.withdraw(); !withdrawn) return withdrawn;
  publish();
  const auto back = store_.current();
  observer_({"rolled_back", back ? back->serial : 0, back ? back->content_address : std::string(),
             waiting->comment + ": " + std::string(why)});
  if (back) (void)hand_over(*back);
  return ok();
}

Status PolicyService::settle_pending(const DataplaneState& state) {
  if (!store_.pending()) return ok();
  Status settled = ok();
  if (!runs(state, store_.pending()))
    (void)store_.discard();
  else if (store_.pending_awaits_confirmation())
    settled = store_.keep_unconfirmed();
  else
    settled = store_.commit();
  publish();
  return settled;
}

Status PolicyService::align(const DataplaneState& state) {
  const std::unique_lock lock(change_mutex_, std::try_to_lock);
  if (!lock) return ok();
  // We died between its taking a policy and our noting so, or before.
  if (auto settled = settle_pending(state); !settled) return settled;
  const auto& wanted = store_.in_force();
  if (runs(state, wanted)) {
    renew(*wanted);
    return ok();
  }
  if (wanted && store_.read(wanted->content_address)) return bring_back(*wanted);
  if (store_.unconfirmed()) {  // the disk lost it: the confirmed one is next
    (void)store_.withdraw();
    publish();
    return ok();
  }
  return recover();
}

/// What the dataplane refuses for what it is was compiled by another version of the product: its
/// source is still the administrator's policy.
Status PolicyService::bring_back(const PolicyVersion& version) {
  auto handed = hand_over(version);
  if (handed || store_.unconfirmed() || version.content_address == unusable_ ||
      (!is_about_the_snapshot(handed.error()) && !is_about_the_rules(handed.error())))
    return handed;
  spdlog::warn("policy {} is compiled again: {}", version.serial, handed.error().message);
  const auto address = version.content_address;  // `version` ends with the change
  auto outcome = compile_again(false, true);
  if (!std::holds_alternative<Refusal>(outcome)) return ok();
  unusable_ = address;
  return handed;
}

/// After an upgrade the policy may name, by category or as a whole, applications that its compiler
/// did not know. Refused it stays as it is: it protects as well as yesterday.
void PolicyService::renew(const PolicyVersion& version) {
  if (store_.unconfirmed() || version.content_address == of_this_edition_) return;
  of_this_edition_ = version.content_address;
  const auto bytes = store_.read(version.content_address);
  if (!bytes) return;
  const auto meta = meta_in(*bytes);
  if (!meta || meta->edition == rules::edition()) return;
  spdlog::warn("policy {} is compiled again: it is of the edition '{}', this is '{}'",
               version.serial, meta->edition, rules::edition());
  (void)compile_again(false);
}

/// As bring_back(), for a policy that is to be the current one.
std::variant<Applied, Refusal> PolicyService::apply_kept(const std::vector<std::byte>& snapshot,
                                                         const PolicyVersion& version,
                                                         const std::string& comment,
                                                         ApplyDoors& doors, bool must_succeed) {
  auto outcome = apply_snapshot(snapshot, version.rules, comment, doors);
  const auto* refusal = std::get_if<Refusal>(&outcome);
  if (refusal == nullptr || !(is_about_the_snapshot(refusal->error) || refusal->by_rules))
    return outcome;
  const auto source = source_of(snapshot);
  if (!source) return outcome;
  spdlog::warn("policy {} is compiled again: {}", version.serial, refusal->error.message);
  return must_succeed ? apply_best(*source, comment, doors) : apply_policy(*source, comment, doors);
}

/// Where nothing is in force that could stay: without the packs that it cannot be compiled with, if
/// it is so with others, or with none. Where a policy is in force, refusing the next one protects
/// better.
std::variant<Applied, Refusal> PolicyService::apply_best(std::string_view yaml,
                                                         std::string_view comment,
                                                         ApplyDoors& doors) {
  auto first = apply_policy(yaml, comment, doors);
  auto* refusal = std::get_if<Refusal>(&first);
  if (refusal == nullptr || !refusal->by_rules) return first;
  const auto why = refusal->error.message;
  spdlog::error("{}; packs are left out", why);
  while (packs_.leave_out_more(why)) {
    auto outcome = apply_policy(yaml, comment, doors);
    if (const auto* again = std::get_if<Refusal>(&outcome); again && again->by_rules) continue;
    auto* applied = std::get_if<Applied>(&outcome);
    if (applied == nullptr) break;
    if (auto kept = packs_.keep_left_out(); !kept) spdlog::error("{}", kept.error().message);
    publish_content();
    std::string told = "without";
    const auto left_out = packs_.left_out().value_or(RulePacks::LeftOut{});
    for (const auto& name : left_out.packs)
      told.append(&name == left_out.packs.data() ? " " : ", ").append(name);
    told.append(": ").append(why);
    applied->warnings.insert(applied->warnings.begin(), {{}, told});
    observer_({"packs_left_out", applied->version.serial, applied->version.content_address, told});
    return outcome;
  }
  packs_.take_back_left_out();
  return first;
}

/// There is no current policy, or the disk lost it: the newest kept one that can be read, else the
/// factory's.
Status PolicyService::recover() {
  for (const PolicyVersion& version : store_.newest_first()) {
    const auto bytes = store_.read(version.content_address);
    if (!bytes) continue;
    Doors doors(*this, {.bundle_version = version.bundle_version});
    auto outcome = apply_kept(*bytes, version, "recovered from " + std::to_string(version.serial),
                              doors, true);
    report(outcome, "rolled_back");
    if (auto* refusal = std::get_if<Refusal>(&outcome)) return std::move(refusal->error);
    return ok();
  }
  Doors doors(*this);
  auto outcome = apply_best(policy::factory_policy_yaml(), "factory policy", doors);
  report(outcome, "applied");
  if (auto* refusal = std::get_if<Refusal>(&outcome)) return std::move(refusal->error);
  return ok();
}

void PolicyService::report(const std::variant<Applied, Refusal>& outcome, std::string_view what) {
  if (const auto* applied = std::get_if<Applied>(&outcome))
    observer_({what, applied->version.serial, applied->version.content_address,
               applied->version.comment});
  else
    observer_({"refused", 0, {}, std::get_if<Refusal>(&outcome)->error.message});
}

void PolicyService::publish() {
  auto newest_first = store_.newest_first();
  if (const auto& waiting = store_.unconfirmed())
    newest_first.insert(newest_first.begin(), *waiting);
  const std::lock_guard lock(published_mutex_);
  published_.current = store_.in_force();
  published_.pending = store_.pending();
  published_.unconfirmed = store_.unconfirmed();
  published_.newest_first = std::move(newest_first);
  published_.passing = store_.passing();
  auto& versions = published_.bundle_versions;
  for (const auto* list : {&published_.newest_first, &published_.passing})
    for (const PolicyVersion& v : *list) versions[v.serial] = v.bundle_version;
  if (published_.pending) versions[published_.pending->serial] = published_.pending->bundle_version;
  while (versions.size() > kKnownSerials) versions.erase(versions.begin());
}

std::optional<PolicyVersion> PolicyService::unconfirmed() const {
  const std::lock_guard lock(published_mutex_);
  return published_.unconfirmed;
}

std::uint64_t PolicyService::bundle_version_of(std::uint32_t serial) const {
  const std::lock_guard lock(published_mutex_);
  const auto known = published_.bundle_versions.find(serial);
  return known == published_.bundle_versions.end() ? 0 : known->second;
}

std::optional<PolicyVersion> PolicyService::current() const {
  const std::lock_guard lock(published_mutex_);
  return published_.current;
}

std::vector<PolicyVersion> PolicyService::history() const {
  const std::lock_guard lock(published_mutex_);
  return published_.newest_first;
}

Result<PolicyContent> PolicyService::show(std::uint32_t serial) const {
  Published published;
  {
    const std::lock_guard lock(published_mutex_);
    published = published_;
  }
  std::optional<PolicyVersion> version;
  if (serial == 0) version = published.current;
  for (const auto* list : {&published.newest_first, &published.passing})
    for (const auto& v : *list)
      if (v.serial == serial) version = v;
  if (published.pending && published.pending->serial == serial) version = published.pending;
  if (!version)
    return Error{Error::Code::not_found,
                 serial == 0 ? "no policy is in force yet"
                             : "no policy with serial " + std::to_string(serial) + " is kept"};

  // The store's files are replaced by rename only, so reading needs no lock.
  auto bytes = store_.read(version->content_address);
  if (!bytes) return std::move(bytes).error();
  const auto view = snapshot::SnapshotView::open(*bytes);
  if (!view) return Error{view.error()};
  const auto source = view->section(snapshot::kSourceSection);
  const auto meta = view->section(snapshot::kMetaSection);
  if (!source || !meta)
    return Error{Error::Code::invalid_input, "the snapshot has no source or meta section"};
  return PolicyContent{std::move(*version), text_of(*source), text_of(*meta)};
}

Result<snapshot::SnapshotMeta> PolicyService::meta_of(std::uint32_t serial) const {
  auto content = show(serial);
  if (!content) return std::move(content).error();
  return snapshot::parse_meta(content->meta_json);
}

}  // namespace sekisho::controlplane
