#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engines/api/engine.h"
#include "engines/profiles/rule_profiles.h"
#include "rules/reputation/score.h"

namespace sekisho::engines::reputation {

/// The web_reputation section of one security profile.
struct Profile {
  bool enabled = false;
  bool blocks = true;         // false: bad URLs are only reported, and nothing waits
  bool fails_closed = false;  // a URL whose reputation cannot be had is blocked
  std::uint16_t wait_ms = 0;  // at most policy::kMaxReputationWaitMs
  rules::ReputationSensitivity sensitivity = rules::ReputationSensitivity::medium;
  rules::ReputationScore threshold = 0;  // of the sensitivity: lower scores are bad
  bool operator==(const Profile&) const = default;
};

/// What a policy says about reputations: the profile of each firewall rule. Immutable, shared by
/// all workers.
class ReputationPolicy final : public Ruleset {
 public:
  /// Refuses damaged bytes; keeps nothing of them.
  static Result<std::unique_ptr<const ReputationPolicy>> load(std::span<const std::byte> artifact);

  /// Of the flows of firewall rule `number` (0: no rule matched); null: their URLs are not judged.
  const Profile* of_rule(std::uint32_t number) const noexcept { return profiles_.of_rule(number); }
  /// Whether some rule's flows are judged.
  bool is_used() const noexcept { return profiles_.is_used(); }

 private:
  explicit ReputationPolicy(RuleProfiles<Profile> profiles) : profiles_(std::move(profiles)) {}
  RuleProfiles<Profile> profiles_;
};

extern const EngineSpec kSpec;

}  // namespace sekisho::engines::reputation
