#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/huge_memory.h"
#include "config/base/result.h"
#include "config/base/shared_count.h"
#include "config/snapshot/meta.h"
#include "dataplane/answers/block_page.h"
#include "dataplane/flow/tcp_tracking.h"
#include "dataplane/loader/ips_rules.h"
#include "dataplane/loader/user_table.h"
#include "engines/all_engines.h"
#include "engines/antimalware/malware_policy.h"
#include "engines/appid/own_applications.h"
#include "engines/callback/indicators.h"
#include "engines/callback/profiles.h"
#include "engines/decryption/decryption_policy.h"
#include "engines/dns/dns_policy.h"
#include "engines/evasion/evasion_policy.h"
#include "engines/firewall/firewall.h"
#include "engines/ips/profiles.h"
#include "engines/reputation/reputation_policy.h"
#include "engines/url/url_database.h"
#include "engines/url/url_lists.h"

namespace sekisho::dataplane {

/// Hits of one rule on one worker. Written by that worker, read by the control thread.
struct RuleHits {
  SharedCount packets;
  SharedCount bytes;
  SharedCount flows;
};

/// One worker's own share of a snapshot.
struct WorkerPolicy {
  std::vector<std::unique_ptr<engines::Engine>>
      engines;                 // in the order of the path; not the firewall
  std::vector<RuleHits> hits;  // index = rule number; the last: the block list
};

/// A name that may not be asked for, and why.
struct RefusedName {
  engines::Judgement judgement;  // of the connection that would follow
  engines::UrlFacts facts;
  rules::CanonicalUrl url;  // https://name/, in the caller's scratch
};

/// Everything a policy means to the packet path: one object, one version, immutable but for the hit
/// counters. A copy of the file lives as long as the object; engines point into it.
class PolicySnapshot {
 public:
  /// Any non-pinned thread. Reads `path`, checks it whole and loads every engine's part. What a
  /// user wrote cannot fail here, only a damaged file or lack of memory. `spare` is used when it is
  /// large enough and not more than four times too large.
  static Result<std::unique_ptr<PolicySnapshot>> load(std::string_view path, std::uint32_t serial,
                                                      std::size_t workers, HugeMemory spare = {});
  /// The same from bytes at hand, for captures and tests; takes them over.
  static Result<std::unique_ptr<PolicySnapshot>> load(std::vector<std::byte> bytes,
                                                      std::uint32_t serial, std::size_t workers);
  ~PolicySnapshot();
  PolicySnapshot(const PolicySnapshot&) = delete;
  PolicySnapshot& operator=(const PolicySnapshot&) = delete;

  std::uint32_t serial() const noexcept { return serial_; }
  /// Which load this is, from 1, set by whoever publishes: flows judged under another are judged
  /// again.
  std::uint32_t load_number = 0;
  const std::string& content_address() const noexcept { return content_address_; }
  const snapshot::SnapshotMeta& meta() const noexcept { return meta_; }
  const engines::firewall::Firewall& firewall() const noexcept { return *firewall_; }
  const engines::ips::IpsPolicy& ips() const noexcept { return *ips_; }
  const TcpRules& tcp_rules() const noexcept { return tcp_rules_; }
  /// Whom the policy itself puts at addresses.
  const UserTable& users() const noexcept { return users_; }
  bool drop_malformed() const noexcept { return meta_.drop_malformed; }
  /// What requests are answered with that a rule with `block_with: answer` blocks.
  const BlockPages& block_pages() const noexcept { return *block_pages_; }

  /// Before the policy is published: the rules that ips() names, with a detector for each worker.
  /// Null: no flow is inspected.
  void use_ips_rules(std::shared_ptr<IpsRules> rules);
  const std::shared_ptr<IpsRules>& ips_rules() const noexcept { return ips_rules_; }
  /// How the content of a flow of firewall rule `rule` is inspected. Nothing: it is not looked at.
  std::optional<engines::ips::Treatment> inspection_of(std::uint32_t rule) const noexcept;
  /// Before the policy is published: what is known of URLs. Null, which it begins with: they are in
  /// no category.
  void use_urls(std::shared_ptr<const engines::url::UrlDatabase> urls);
  const std::shared_ptr<const engines::url::UrlDatabase>& urls() const noexcept { return urls_; }
  const engines::url::UrlLists& lists() const noexcept { return *lists_; }
  const engines::appid::OwnApplications& own_applications() const noexcept {
    return *own_applications_;
  }
  /// The policy's own application of this id; null: none.
  const snapshot::SnapshotMeta::Application* own_application(
      engines::ApplicationId id) const noexcept {
    const auto at = OwnApplication::index_of(id);
    const bool is_known = OwnApplication::is_own(id) && at < meta_.applications.size();
    return is_known ? &meta_.applications[at] : nullptr;
  }
  /// Before the policy is published: whether reputations can be asked for. It begins with no.
  void use_reputations(bool can_ask) noexcept {
    wants_reputations_ = can_ask && reputation_->is_used();
  }
  /// Whether the URLs of some rule's flows are judged by their reputation.
  bool wants_reputations() const noexcept { return wants_reputations_; }
  /// How those of firewall rule `rule` are; null: not at all.
  const engines::reputation::Profile* reputation_of(std::uint32_t rule) const noexcept {
    return wants_reputations_ ? reputation_->of_rule(rule) : nullptr;
  }
  /// Before the policy is published: whether files can be judged. It begins with no.
  void use_scanner(bool can_ask) noexcept { scans_files_ = can_ask && malware_->is_used(); }
  /// Whether files of some rule's flows are scanned.
  bool scans_files() const noexcept { return scans_files_; }
  /// How those of firewall rule `rule` are; null: not at all.
  const engines::antimalware::Profile* malware_of(std::uint32_t rule) const noexcept {
    return scans_files_ ? malware_->of_rule(rule) : nullptr;
  }
  /// Whether rules or lists judge flows by their URL.
  bool judges_urls() const noexcept { return judges_urls_; }
  /// Whether some flow's verdict may turn on its URL.
  bool looks_at_urls() const noexcept {
    return judges_urls_ || wants_reputations_ || looks_for_callback_names_ || decrypts_ ||
           dns_->blocks_encrypted();
  }
  /// Before the policy is published: whether connections can be opened. It begins with no.
  void use_decryption(bool can_open) noexcept { decrypts_ = can_open && decryption_->is_used(); }
  /// Whether connections of some rule are opened.
  bool decrypts() const noexcept { return decrypts_; }
  /// Which of firewall rule `rule` are; null: none.
  const engines::decryption::Profile* decryption_of(std::uint32_t rule) const noexcept {
    return decrypts_ ? decryption_->of_rule(rule) : nullptr;
  }
  /// Whether those of some rule to TCP port `port` may be.
  bool may_decrypt(std::uint16_t port) const noexcept {
    return decrypts_ && decryption_->has_port(port);
  }
  /// What lists and database say of a URL; of null, what is none, nothing.
  engines::UrlFacts facts_of(const rules::CanonicalUrl* url) const noexcept;
  /// What profiles say of DNS.
  const engines::dns::DnsPolicy& dns() const noexcept { return *dns_; }
  /// Whether a rule's URL categories or the block list stand against https://name/ (lower case),
  /// opened by the client that `client` has the source, side and MAC address of; its profile is the
  /// caller's affair. Rules for certain destinations do not match, as the address is not known yet;
  /// and no name is refused that an address object has.
  std::optional<RefusedName> refuses_name(
      std::string_view name, const engines::Facts& client, rules::UrlScratch& scratch,
      const engines::firewall::Conditions& conditions) const noexcept;
  /// Before the policy is published: which servers are C&C. Null, which it begins with: none is
  /// known.
  void use_indicators(std::shared_ptr<const engines::callback::IndicatorDatabase> indicators);
  /// Null: there are none.
  const std::shared_ptr<const engines::callback::IndicatorDatabase>& indicators() const noexcept {
    return indicators_;
  }
  const engines::callback::CallbackPolicy& callbacks() const noexcept { return *callbacks_; }
  /// How callbacks are looked for in flows of firewall rule `rule`. Null: they are not.
  const engines::callback::Profile* callback_profile_of(std::uint32_t rule) const noexcept {
    return callbacks_->profile_of(rule);
  }
  /// What profiles say of flows that contradict themselves.
  const engines::evasion::EvasionPolicy& evasion() const noexcept { return *evasion_; }
  /// Whether some flow must be looked into for a listed name.
  bool looks_for_callback_names() const noexcept { return looks_for_callback_names_; }
  /// Whether some profile in use has packets captured around its alerts.
  bool captures() const noexcept { return captures_; }
  /// Null: no rules.
  engines::ips::Detector* detector(std::size_t worker) const noexcept;
  bool inspect_every_flow = false;  // for captures, with or without rules

  /// Worker `worker` only.
  WorkerPolicy& worker(std::size_t worker) const noexcept { return workers_[worker]; }

  /// Control thread. Sum over workers plus what earlier policies counted for the rule of the same
  /// name.
  std::vector<RuleHits> hits() const;
  /// Control thread, once no worker counts into `previous` any more: rules keep their counts by
  /// name.
  void inherit_hits(const PolicySnapshot& previous);
  /// Control thread, of a policy that no worker judges by any more; only hits() and the destructor
  /// may be called afterwards. For the next load: unmapping it would interrupt every worker's core.
  HugeMemory take_memory();

 private:
  struct Copy;
  PolicySnapshot() = default;
  static Result<std::unique_ptr<PolicySnapshot>> from_copy(Copy copy, std::uint32_t serial,
                                                           std::size_t workers);
  void take_ruleset(const engines::EngineSpec& spec, const engines::Ruleset& ruleset);
  bool is_whole() const noexcept;

  std::unique_ptr<Copy> copy_;
  std::uint32_t serial_ = 0;
  std::string content_address_;
  snapshot::SnapshotMeta meta_;
  std::vector<std::unique_ptr<const engines::Ruleset>> rulesets_;
  const engines::firewall::Firewall* firewall_ = nullptr;
  const engines::ips::IpsPolicy* ips_ = nullptr;
  const engines::url::UrlLists* lists_ = nullptr;
  const engines::appid::OwnApplications* own_applications_ = nullptr;
  const engines::dns::DnsPolicy* dns_ = nullptr;
  const engines::callback::CallbackPolicy* callbacks_ = nullptr;
  const engines::evasion::EvasionPolicy* evasion_ = nullptr;
  std::shared_ptr<const engines::callback::IndicatorDatabase> indicators_;
  bool looks_for_callback_names_ = false;
  std::shared_ptr<const engines::url::UrlDatabase> urls_;
  bool judges_urls_ = false;
  const engines::reputation::ReputationPolicy* reputation_ = nullptr;
  bool wants_reputations_ = false;
  const engines::antimalware::MalwarePolicy* malware_ = nullptr;
  bool scans_files_ = false;
  const engines::decryption::DecryptionPolicy* decryption_ = nullptr;
  bool decrypts_ = false;
  std::shared_ptr<IpsRules> ips_rules_;
  std::vector<std::vector<engines::ips::RuleUse>> uses_;  // by profile
  bool captures_ = false;
  TcpRules tcp_rules_;
  UserTable users_;
  std::unique_ptr<const BlockPages> block_pages_;
  mutable std::vector<WorkerPolicy> workers_;
  std::vector<RuleHits> inherited_;
};

}  // namespace sekisho::dataplane
