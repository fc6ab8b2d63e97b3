#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engines/api/engine.h"
#include "engines/profiles/rule_profiles.h"

namespace sekisho::engines::evasion {

/// What one security profile says of evasion.
struct Profile {
  bool blocks = false;                     // false: it is told only
  std::vector<std::string> outer_names{};  // ech_names of its section dns

  /// Whether `name` (lower case) is known to stand for others in hellos that are encrypted.
  bool is_outer_name(std::string_view name) const noexcept;
};

/// What a policy says about evasion: the profile of each firewall rule. Immutable, shared by all
/// workers.
class EvasionPolicy final : public engines::Ruleset {
 public:
  /// Refuses damaged bytes; keeps nothing of them.
  static Result<std::unique_ptr<const EvasionPolicy>> load(std::span<const std::byte> artifact);

  /// Of firewall rule `number` (0: no rule matched); null: evasion is of no interest there.
  const Profile* profile_of(std::uint32_t number) const noexcept {
    return profiles_.of_rule(number);
  }
  bool is_used() const noexcept { return profiles_.is_used(); }

 private:
  explicit EvasionPolicy(RuleProfiles<Profile> profiles) : profiles_(std::move(profiles)) {}
  RuleProfiles<Profile> profiles_;
};

extern const EngineSpec kSpec;

}  // namespace sekisho::engines::evasion
