#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engines/api/engine.h"
#include "engines/dns/safe_search.h"
#include "engines/profiles/rule_profiles.h"

namespace sekisho::engines::dns {

enum class EchHandling : std::uint8_t { allow, strip, block };

/// The section dns of one security profile.
struct Profile {
  bool filters_names = false;
  SafeSearches safe_search = 0;
  EchHandling ech = EchHandling::allow;
  std::vector<std::string> ech_names{};  // "a.example", "*.example" (what is below it), "*"
  bool blocks_encrypted = false;         // DNS over HTTPS, TLS and QUIC

  bool acts() const noexcept {
    return filters_names || safe_search != 0 || ech != EchHandling::allow || blocks_encrypted;
  }
  /// Whether a hello with the extension and the outer name `name` (lower case) is refused.
  bool refuses_ech(std::string_view name) const noexcept;
};

/// What a policy says about DNS: the profile of each firewall rule. Immutable, shared by all
/// workers.
class DnsPolicy final : public engines::Ruleset {
 public:
  /// Refuses damaged bytes; keeps nothing of them.
  static Result<std::unique_ptr<const DnsPolicy>> load(std::span<const std::byte> artifact);

  /// Of firewall rule `number` (0: no rule matched); null: it has none that does anything.
  const Profile* profile_of(std::uint32_t number) const noexcept {
    return profiles_.of_rule(number);
  }
  bool acts() const noexcept { return acts_; }  // some rule's profile does
  bool filters_names() const noexcept { return filters_names_; }
  bool refuses_ech() const noexcept { return refuses_ech_; }  // likewise, hellos
  bool blocks_encrypted() const noexcept { return blocks_encrypted_; }

 private:
  explicit DnsPolicy(RuleProfiles<Profile> profiles);
  RuleProfiles<Profile> profiles_;
  bool acts_ = false, filters_names_ = false, refuses_ech_ = false, blocks_encrypted_ = false;
};

extern const EngineSpec kSpec;

}  // namespace sekisho::engines::dns
