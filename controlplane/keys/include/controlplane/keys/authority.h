#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "config/base/result.h"
#include "config/keys/messages.h"

namespace sekisho::controlplane {

inline constexpr std::string_view kDefaultOrganization = "Sekisho";
inline constexpr std::string_view kDefaultCommonName = "Sekisho";

/// Browsers' limit for certificates of public authorities; Apple's for any other is 825 days.
inline constexpr std::int64_t kMaxLeafSeconds = std::int64_t{397} * 24 * 3600;

struct NewAuthority {
  keys::KeyType key_type = keys::KeyType::ecdsa_p256;
  std::string organization{kDefaultOrganization};  // empty: none
  std::string common_name{kDefaultCommonName};
};

/// A certificate authority with its private key, which leaves it in serialize() only. Times are
/// Unix seconds.
class Authority {
 public:
  /// A new key, signed by itself, for 25 years. Where the clock stands before this program was
  /// written (a box without a battery), the years count from then. invalid_input: a name that no
  /// certificate can carry.
  static Result<Authority> make(const NewAuthority& plan, std::int64_t now);

  /// Somebody's own. invalid_input with the reason: unreadable, encrypted, not each other's, no
  /// authority for servers, out of date, too weak.
  static Result<Authority> import(std::string_view certificate_pem, std::string_view key_pem,
                                  std::int64_t now);

  /// What serialize() wrote. invalid_input: it is damaged.
  static Result<Authority> parse(std::string_view file);
  std::string serialize() const;

  Authority(Authority&&) noexcept;
  Authority& operator=(Authority&&) noexcept;
  ~Authority();

  /// The certificate that is asked for, in DER; its validity is cut to what clients accept, now
  /// within it where the request has it so. invalid_input: no name, or one that is none; a key of
  /// another kind.
  Result<std::string> sign(const keys::SignRequest& request, std::int64_t now) const;

  /// Without `untrusted_certificate`.
  keys::DescribeReply describe() const;
  std::string certificate_pem() const;
  const keys::Fingerprint& fingerprint() const noexcept;

 private:
  struct Parts;
  explicit Authority(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace sekisho::controlplane
