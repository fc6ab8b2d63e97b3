#pragma once

#include <string>

#include "controlplane/agent/policy_service.h"

namespace sekisho::controlplane {

inline constexpr std::string_view kIpsRules = "IPS rules";  // before what is wrong with them

/// When a change that waits for another one gives up. By the system's clock: the wait by the steady
/// one is a call that ThreadSanitizer does not know. A step of the clock cannot make it long, as
/// the other change has its own limits.
std::chrono::system_clock::time_point change_deadline();

Refusal busy();

Result<snapshot::SnapshotMeta> meta_in(std::span<const std::byte> snapshot);
Result<PolicyRules> rules_of(std::span<const std::byte> snapshot);
/// The policy's text.
Result<std::string> source_of(std::span<const std::byte> snapshot);

/// The way out for one change; lives under change_mutex_.
class PolicyService::Doors final : public ApplyDoors {
 public:
  /// Whose change it is.
  struct Change {
    std::uint64_t bundle_version = 0;  // of the policy
    bool awaits_confirmation = false;
    /// Nobody stands beside the box to try again: a dataplane that is away is waited for.
    bool is_patient = false;
  };
  explicit Doors(PolicyService& service) : service_(service) {}
  Doors(PolicyService& service, const Change& change) : service_(service), change_(change) {}

  std::variant<CompilerOutput, Refusal> compile(std::string_view yaml) override;
  Result<std::vector<policy::Diagnostic>> prepare_rules(
      std::span<const std::byte> snapshot) override;
  Result<PolicyVersion> stage(std::span<const std::byte> snapshot,
                              const std::string& content_address, std::uint32_t rules,
                              std::string_view comment) override;
  Status hand_over(const PolicyVersion& version) override;
  Status commit() override;
  Status discard() override;

 private:
  Status hand_over_once(const PolicyVersion& version);

  PolicyService& service_;
  const Change change_;
};

}  // namespace sekisho::controlplane
