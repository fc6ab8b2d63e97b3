#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/snapshot/meta.h"
#include "controlplane/agent/apply.h"
#include "controlplane/agent/compiler_process.h"
#include "controlplane/agent/dataplane_client.h"
#include "controlplane/agent/policy_store.h"
#include "controlplane/agent/rule_packs.h"

namespace sekisho::controlplane {

/// What happened to the policy, for the event log. `what`: "applied", "rolled_back", "refused";
/// of the console's policies also "enforced", "confirmed"; "packs_left_out": it came into force
/// without some of the packs of IPS rules, `detail` says which and why.
struct PolicyChange {
  std::string_view what;
  std::uint32_t serial = 0;  // 0: none was given out
  std::string content_address;
  std::string detail;
};

/// A kept policy with its text and names.
struct PolicyContent {
  PolicyVersion version;
  std::string yaml;
  std::string meta_json;
};

/// The box's policy: one change at a time, whoever asks. Every function is for any thread.
class PolicyService {
 public:
  using Observer = std::function<void(const PolicyChange&)>;

  PolicyService(PolicyStore store, RulePacks packs, CompilerSettings compiler,
                const DataplaneClient& dataplane, Observer observer);
  ~PolicyService();

  std::variant<Applied, Refusal> apply(std::string_view yaml, std::string_view comment);
  /// `serial` 0: the policy before the one in force.
  std::variant<Applied, Refusal> rollback(std::uint32_t serial);

  /// The policy of bundle `bundle_version` comes into force and awaits confirm() or withdraw(); a
  /// restart of the box before brings the confirmed one back. A dataplane that is away is waited
  /// for, kWaitForDataplane at most.
  std::variant<Applied, Refusal> apply_unconfirmed(std::string_view yaml,
                                                   std::uint64_t bundle_version);
  /// not_found: another policy, or none, awaits confirmation.
  Status confirm(std::uint64_t bundle_version);
  /// The confirmed policy comes back into force, at once or as soon as the dataplane takes it.
  Status withdraw(std::uint64_t bundle_version, std::string_view why);
  static constexpr std::chrono::seconds kWaitForDataplane{10};

  /// The packs of IPS rules. Imports and removals since begin_pack_change() count from recompile()
  /// on, all of them or none.
  std::vector<RulePacks::Pack> rule_packs();
  /// What an asker who went away had prepared is forgotten.
  Status begin_pack_change();
  Status import_pack(std::string_view name, std::string_view text);
  Status remove_pack(std::string_view name);
  /// The policy in force once more, with the packs as they are to be; what is refused leaves the
  /// packs before. A policy that awaits its confirmation is not touched. not_found: there is no
  /// policy yet, the packs count with the first one.
  std::variant<Applied, Refusal> recompile();
  /// Packs without which the policy came into force, as it would not have with them.
  std::optional<RulePacks::LeftOut> packs_left_out() const;

  /// The console's packs are these from now on, all of them, whatever the policy; or nothing
  /// changes, and content() has the reason. Busy while a policy awaits its confirmation.
  std::variant<Applied, Refusal> apply_content(const ContentSet& set);
  /// Those that were in force before. not_found: there were none.
  std::variant<Applied, Refusal> rollback_content();
  /// The same, also where there were none, and `why` is told with it.
  std::variant<Applied, Refusal> withdraw_content(std::string_view why);
  /// The console was heard of with the packs in force.
  void prove_content();
  ContentReport content() const;
  /// The version that rollback_content() would bring back.
  std::optional<std::uint64_t> former_content() const;
  bool content_is_free() const;
  /// See ContentStore.
  std::optional<ContentSet> take_interrupted_content();
  void forget_content();

  /// The policy in force is handed over once more, as what it reads besides has changed; flows are
  /// judged again. Nothing to do, where there is none or the dataplane is away: it looks itself.
  Status hand_over_again();

  /// What is in force, confirmed or not.
  std::optional<PolicyVersion> current() const;
  std::optional<PolicyVersion> unconfirmed() const;
  /// Of the policy `serial`, as long as this process has known it; 0: it came in no bundle.
  std::uint64_t bundle_version_of(std::uint32_t serial) const;
  std::vector<PolicyVersion> history() const;
  /// `serial` 0: the current policy.
  Result<PolicyContent> show(std::uint32_t serial) const;
  /// Names of the policy `serial`, also while it is being handed over.
  Result<snapshot::SnapshotMeta> meta_of(std::uint32_t serial) const;

  /// Brings a dataplane that says `state` in line with the store: settles a change that was cut
  /// short, hands over the policy in force to one that runs another (compiled again, once, where
  /// another version of the product compiled it), or, where there is no policy yet, the factory's.
  /// What another edition compiled and still loads is compiled again once, too.
  /// Does nothing while a change is under way.
  Status align(const DataplaneState& state);

 private:
  class Doors;

  struct Published {
    std::optional<PolicyVersion> current;
    std::optional<PolicyVersion> pending;
    std::optional<PolicyVersion> unconfirmed;
    std::vector<PolicyVersion> newest_first;
    std::vector<PolicyVersion> passing;
    std::map<std::uint32_t, std::uint64_t> bundle_versions;  // by serial; the last ones
  };
  void publish();
  void report(const std::variant<Applied, Refusal>& outcome, std::string_view what);
  Status hand_over(const PolicyVersion& version);
  std::string rules_in_force() const;
  void remove_unused_rules();
  std::variant<Applied, Refusal> compile_again(bool is_patient, bool must_succeed = false);
  std::variant<Applied, Refusal> apply_best(std::string_view yaml, std::string_view comment,
                                            ApplyDoors& doors);
  std::variant<Applied, Refusal> apply_kept(const std::vector<std::byte>& snapshot,
                                            const PolicyVersion& version,
                                            const std::string& comment, ApplyDoors& doors,
                                            bool must_succeed = false);
  Status bring_back(const PolicyVersion& version);
  void renew(const PolicyVersion& version);
  std::variant<Applied, Refusal> bring_content_into_force(const std::string& what,
                                                          std::string_view why = {});
  void publish_content();
  Status settle_pending(const DataplaneState& state);
  Status recover();

  std::timed_mutex change_mutex_;  // held for the whole of one change
  PolicyStore store_;              // under change_mutex_
  RulePacks packs_;                // likewise
  std::string unusable_;           // likewise: address of a policy that compiling did not help
  std::string of_this_edition_;    // likewise: of one that need not be compiled again, or cannot
  const CompilerSettings compiler_;
  const DataplaneClient& dataplane_;
  const Observer observer_;
  mutable std::mutex published_mutex_;
  Published published_;  // under published_mutex_, as what follows
  ContentReport content_;
  std::optional<std::uint64_t> former_content_;
  std::optional<RulePacks::LeftOut> left_out_;
};

}  // namespace sekisho::controlplane
