#include "controlplane/agent/policy_service.h"

#include <ctime>
#include <utility>

#include "config/policy/policy.h"
#include "config/snapshot/snapshot.h"

namespace sekisho::controlplane {
namespace {

constexpr std::chrono::seconds kWaitForOtherChange{30};

/// By the system's clock: the wait by the steady one is a call that ThreadSanitizer does not know.
/// A step of the clock cannot make it long, as the other change has its own limits.
auto change_deadline() { return std::chrono::system_clock::now() + kWaitForOtherChange; }

std::string text_of(std::span<const std::byte> bytes) {
  std::string text(bytes.size(), '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) text[i] = static_cast<char>(bytes[i]);
  return text;
}

Refusal busy() { return {{Error::Code::resource, "another policy change is under way"}, {}}; }

}  // namespace

/// The way out for one change; lives under change_mutex_.
class PolicyService::Doors final : public ApplyDoors {
 public:
  explicit Doors(PolicyService& service) : service_(service) {}

  std::variant<CompilerOutput, Refusal> compile(std::string_view yaml) override {
    return run_compiler(yaml, service_.compiler_);
  }

  Result<PolicyVersion> stage(std::span<const std::byte> snapshot,
                              const std::string& content_address, std::uint32_t rules,
                              std::string_view comment) override {
    auto staged = service_.store_.stage(snapshot, content_address, rules, std::string(comment),
                                        std::time(nullptr));
    service_.publish();
    return staged;
  }

  Status hand_over(const PolicyVersion& version) override {
    auto loaded = service_.dataplane_.load_policy(service_.store_.path_of(version.content_address),
                                                  version.serial);
    if (loaded || loaded.error().code != Error::Code::io) return loaded;
    // The answer was lost, perhaps not the policy: what runs decides.
    const auto state = service_.dataplane_.state();
    if (state && state->serial == version.serial &&
        state->content_address == version.content_address)
      return ok();
    return loaded;
  }

  Status commit() override {
    auto committed = service_.store_.commit();
    service_.publish();
    return committed;
  }

  Status discard() override {
    auto discarded = service_.store_.discard();
    service_.publish();
    return discarded;
  }

 private:
  PolicyService& service_;
};

PolicyService::PolicyService(PolicyStore store, CompilerSettings compiler,
                             const DataplaneClient& dataplane, Observer observer)
    : store_(std::move(store)),
      compiler_(std::move(compiler)),
      dataplane_(dataplane),
      observer_(std::move(observer)) {
  publish();
}

PolicyService::~PolicyService() = default;

std::variant<Applied, Refusal> PolicyService::apply(std::string_view yaml,
                                                    std::string_view comment) {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return busy();
  Doors doors(*this);
  auto outcome = apply_policy(yaml, comment, doors);
  report(outcome, "applied");
  return outcome;
}

std::variant<Applied, Refusal> PolicyService::rollback(std::uint32_t serial) {
  const std::unique_lock lock(change_mutex_, change_deadline());
  if (!lock) return busy();
  auto target = serial == 0 ? store_.previous() : store_.find(serial);
  if (!target) return Refusal{std::move(target).error(), {}};
  auto bytes = store_.read(target->content_address);
  if (!bytes) return Refusal{std::move(bytes).error(), {}};
  Doors doors(*this);
  auto outcome =
      apply_snapshot(*bytes, target->rules, "rollback to " + std::to_string(target->serial), doors);
  report(outcome, "rolled_back");
  return outcome;
}

Status PolicyService::align(const DataplaneState& state) {
  const std::unique_lock lock(change_mutex_, std::try_to_lock);
  if (!lock) return ok();
  const auto runs = [&](const std::optional<PolicyVersion>& version) {
    return version && version->serial == state.serial &&
           version->content_address == state.content_address;
  };
  if (runs(store_.pending())) {  // we died between its taking the policy and our noting so
    auto committed = store_.commit();
    publish();
    return committed;
  }
  if (store_.pending()) {
    (void)store_.discard();
    publish();
  }
  if (runs(store_.current())) return ok();
  if (store_.current()) {
    const auto readable = store_.read(store_.current()->content_address);
    if (readable)
      return dataplane_.load_policy(store_.path_of(store_.current()->content_address),
                                    store_.current()->serial);
  }
  return recover();
}

/// There is no current policy, or the disk lost it: the newest kept one that can be read, else the
/// factory's.
Status PolicyService::recover() {
  Doors doors(*this);
  for (const PolicyVersion& version : store_.newest_first()) {
    const auto bytes = store_.read(version.content_address);
    if (!bytes) continue;
    auto outcome = apply_snapshot(*bytes, version.rules,
                                  "recovered from " + std::to_string(version.serial), doors);
    report(outcome, "rolled_back");
    if (auto* refusal = std::get_if<Refusal>(&outcome)) return std::move(refusal->error);
    return ok();
  }
  auto outcome = apply_policy(policy::factory_policy_yaml(), "factory policy", doors);
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
  Published published{store_.current(), store_.pending(), store_.newest_first()};
  const std::lock_guard lock(published_mutex_);
  published_ = std::move(published);
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
  for (const auto& v : published.newest_first)
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
