#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/huge_memory.h"
#include "config/base/result.h"
#include "engines/ips/ips.h"

namespace sekisho::dataplane {

/// Compiled IPS rules as the workers use them. Policies that follow one another and name the same
/// rules share one of these, so that rules keep what they remember of flows and hosts.
class IpsRules {
 public:
  /// Addresses that thresholds, host bits and their like are kept of; the oldest give way.
  static constexpr std::size_t kHosts = 65'536;

  /// Any non-pinned thread. Reads FOLDER/NAME and checks every byte that is followed later.
  /// `former`: rules whose place these take, or null; what was remembered of hosts goes on.
  static Result<std::shared_ptr<IpsRules>> load(std::string_view folder, std::string_view name,
                                                const IpsRules* former);
  /// Of a ruleset that outlives this, for captures.
  static std::shared_ptr<IpsRules> borrow(const engines::ips::Ruleset& ruleset);

  /// As the policy names them (SnapshotMeta::ips_rules); empty: borrowed.
  const std::string& name() const noexcept { return name_; }
  const engines::ips::Ruleset& ruleset() const noexcept { return *ruleset_; }
  engines::ips::HostState& hosts() noexcept { return *hosts_; }

  /// One a worker; filled before the first policy with these rules is published.
  std::vector<std::unique_ptr<engines::ips::Detector>> detectors;

 private:
  explicit IpsRules(std::shared_ptr<engines::ips::HostState> hosts) : hosts_(std::move(hosts)) {}

  HugeMemory memory_;
  std::string name_;
  std::unique_ptr<const engines::ips::Ruleset> own_;
  const engines::ips::Ruleset* ruleset_ = nullptr;
  std::shared_ptr<engines::ips::HostState> hosts_;
};

}  // namespace sekisho::dataplane
