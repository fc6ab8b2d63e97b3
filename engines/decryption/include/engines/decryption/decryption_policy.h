#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engines/api/engine.h"
#include "engines/profiles/rule_profiles.h"

namespace sekisho::engines::decryption {

/// What becomes of a session whose origin's certificate is not to be believed.
enum class UntrustedOrigin : std::uint8_t { refuse, show, trust };

/// A set of URL categories, built in and of the policy.
using CategorySet = std::array<std::uint64_t, 16>;

/// The section https_decryption of one security profile that decrypts. Lists are ascending.
struct Profile {
  std::vector<std::uint16_t> ports;
  UntrustedOrigin untrusted_origin = UntrustedOrigin::show;
  std::uint16_t smart_bypass_minutes = 0;  // 0: what failed once is tried again
  bool blocks_failure = false;             // what cannot be decrypted
  bool blocks_not_tls = false;
  bool blocks_encrypted_hello = false;
  std::vector<std::string> hosts;           // exempt: in lower case
  std::vector<std::string> domains;         // likewise, all that is below them
  std::vector<std::string> outer_names;     // ech_names of its section dns, likewise patterns
  std::vector<ApplicationId> applications;  // exempt
  CategorySet categories{};                 // exempt
  bool operator==(const Profile&) const = default;

  bool has_port(std::uint16_t port) const noexcept;
  /// `host`: a name in lower case, or an address as text.
  bool exempts_host(std::string_view host) const noexcept;
  bool exempts_category(const UrlFacts& url) const noexcept;
  /// `carrier`: the protocol that `application` was told from, or 0.
  bool exempts_application(ApplicationId application, ApplicationId carrier) const noexcept;
  /// Whether `name` stands for others in hellos that are encrypted.
  bool is_outer_name(std::string_view name) const noexcept;
};

/// What a policy says about decryption: the profile of each firewall rule. Immutable, shared by all
/// workers.
class DecryptionPolicy final : public Ruleset {
 public:
  /// Refuses damaged bytes; keeps nothing of them.
  static Result<std::unique_ptr<const DecryptionPolicy>> load(std::span<const std::byte> artifact);

  /// Of the flows of firewall rule `number` (0: no rule matched); null: they are not decrypted.
  const Profile* of_rule(std::uint32_t number) const noexcept { return profiles_.of_rule(number); }
  /// Whether some rule's flows to `port` are.
  bool has_port(std::uint16_t port) const noexcept;
  bool is_used() const noexcept { return profiles_.is_used(); }

 private:
  explicit DecryptionPolicy(RuleProfiles<Profile> profiles) : profiles_(std::move(profiles)) {}
  RuleProfiles<Profile> profiles_;
};

extern const EngineSpec kSpec;

}  // namespace sekisho::engines::decryption
