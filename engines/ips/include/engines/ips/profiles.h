#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engines/api/engine.h"
#include "engines/ips/ips.h"
#include "engines/profiles/rule_profiles.h"

namespace sekisho::engines::ips {

/// How grave an attack is that a rule finds; the words of the profile setting minimum_severity.
enum class Severity : std::uint8_t { low, medium, high, critical };

/// The rule's metadata signature_severity, where its author gave one (Informational, Minor, Major,
/// Critical); otherwise its priority (1 is high, 2 medium, anything else low).
Severity severity_of(const RuleInfo& rule) noexcept;

inline constexpr AddressRange kEveryAddress{{},
                                            {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                              0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}};

/// Packets for which rules do less than their profile says.
struct TrafficException {
  std::uint32_t signature = 0;  // 0: every rule
  AddressRange source = kEveryAddress, destination = kEveryAddress;
  RuleUse use = RuleUse::off;  // or report
  bool operator==(const TrafficException&) const = default;
};

/// A rule with a quarantine of its own.
struct QuarantineRule {
  std::uint32_t signature = 0;
  std::uint32_t seconds = 0;  // 0: never
  bool operator==(const QuarantineRule&) const = default;
};

/// Which packets are captured around alerts.
struct CaptureSettings {
  std::uint32_t seconds_after = 0;   // 0: none are
  std::uint32_t packets_before = 0;  // of the same flow
  /// Of a rule's tag: at most so many, the alert's among them; 0: the seconds decide alone.
  std::uint32_t packets_after = 0, bytes_after = 0;
  std::vector<std::uint32_t> rules{};  // whose alerts; ascending; empty: all
  bool operator==(const CaptureSettings&) const = default;
};

/// Which protocol records of its flows a profile wants as events besides alerts: of files
/// (fileinfo), or of all that is said, too (http, dns, tls, smtp, ...).
enum class ProtocolRecords : std::uint8_t { none, files, all };

/// The ips section of one security profile.
struct Profile {
  bool enabled = false;
  RuleUse usual = RuleUse::report;  // of rules in general: report, block or reset
  Severity minimum = Severity::low;
  std::vector<std::uint32_t> excluded{};   // rule numbers (sid) that are not used, ascending
  std::vector<std::uint32_t> monitored{};  // that are used but never drop, ascending
  std::vector<std::uint32_t> blocked{};    // that block, whatever their severity, ascending
  std::vector<std::uint32_t> reset{};      // likewise, and tell both ends
  std::vector<TrafficException> exceptions{};
  std::uint32_t quarantine_seconds = 0;            // of whoever's attack was blocked; 0: none
  std::vector<QuarantineRule> quarantine_rules{};  // ascending
  CaptureSettings capture{};
  ProtocolRecords records = ProtocolRecords::none;
  bool fail_open = false;  // without memory to inspect them flows pass; false: they are dropped

  /// `use`, or less where an exception is about a packet with these ends.
  RuleUse excepted(std::uint32_t signature, RuleUse use, const IpAddress& source,
                   const IpAddress& destination) const noexcept;
  /// For how long the source of an attack that this rule blocked is cut off; 0: not at all.
  std::uint32_t quarantine_of(std::uint32_t signature) const noexcept;
  /// Whether packets of a flow are captured when this rule alerts.
  bool captures(std::uint32_t signature) const noexcept;
};

/// One use for each rule of `rules`, in their order. An administrator's own rules, and those whose
/// author wrote another action than alert, are used whatever their severity.
std::vector<RuleUse> uses_of(const Ruleset& rules, const Profile& profile);

/// What a policy says about the IPS: how the profile of each firewall rule uses the rules in force.
/// Immutable, shared by all workers.
class IpsPolicy final : public engines::Ruleset {
 public:
  static constexpr std::uint16_t kNoProfile = RuleProfiles<Profile>::kNone;

  /// Refuses damaged bytes; keeps nothing of them.
  static Result<std::unique_ptr<const IpsPolicy>> load(std::span<const std::byte> artifact);

  const std::vector<Profile>& profiles() const noexcept { return profiles_.all(); }
  /// Index of the profile of firewall rule `number` (0: no rule matched); kNoProfile: the rule has
  /// none, or one whose IPS is off.
  std::uint16_t profile_of(std::uint32_t number) const noexcept {
    return profiles_.index_of(number);
  }

 private:
  explicit IpsPolicy(RuleProfiles<Profile> profiles) : profiles_(std::move(profiles)) {}
  RuleProfiles<Profile> profiles_;
};

extern const EngineSpec kSpec;

}  // namespace sekisho::engines::ips
