#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/address.h"
#include "engines/api/engine.h"
#include "engines/callback/sensitivity.h"
#include "engines/profiles/rule_profiles.h"

namespace sekisho::engines::callback {

enum class Action : std::uint8_t { monitor, block, reset };

/// The callbacks section of one security profile.
struct Profile {
  bool enabled = false;
  Action action = Action::block;  // for what the lists name
  Sensitivity sensitivity = Sensitivity::medium;
  bool block_detected = false;  // the action is for what detectors find, too
  std::optional<IpAddress> sinkhole_v4{}, sinkhole_v6{};
  std::vector<std::string> excluded{};  // "www.example.com", "*.example.com"; ascending

  /// Whether a canonical name is one of the excluded hosts.
  bool excludes(std::string_view name) const noexcept;
  bool is_sinkhole(const IpAddress& address) const noexcept {
    return sinkhole_v4 == address || sinkhole_v6 == address;
  }
};

/// What a policy says about callbacks: the profile of each firewall rule. Immutable, shared by all
/// workers.
class CallbackPolicy final : public Ruleset {
 public:
  /// Refuses damaged bytes; keeps nothing of them.
  static Result<std::unique_ptr<const CallbackPolicy>> load(std::span<const std::byte> artifact);

  /// Of firewall rule `number` (0: no rule matched). Null: its flows are not looked at.
  const Profile* profile_of(std::uint32_t number) const noexcept {
    return profiles_.of_rule(number);
  }
  /// Whether some rule has a profile that looks for callbacks.
  bool is_used() const noexcept { return profiles_.is_used(); }
  const std::vector<Profile>& profiles() const noexcept { return profiles_.all(); }

 private:
  explicit CallbackPolicy(RuleProfiles<Profile> profiles) : profiles_(std::move(profiles)) {}
  RuleProfiles<Profile> profiles_;
};

/// The section "callback".
extern const EngineSpec kSpec;

}  // namespace sekisho::engines::callback
