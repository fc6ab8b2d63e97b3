#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A small hierarchy of certificates, made at run time.
namespace sekisho::tests {

inline constexpr std::int64_t kDay = 86'400;

struct Wanted {
  std::string common_name = "server";
  std::vector<std::pair<int, std::string>> extensions{};  // NID and OpenSSL's text of its value
  std::int64_t days_before = 1, days_after = 90;          // around now
  int rsa_bits = 0;                                       // 0: a key on P-256
  bool sha1 = false;
  bool unknown_critical_extension = false;
};

/// A certificate with its key.
class Party {
 public:
  /// Issued by `issuer`; without one by itself.
  static Party issue(const Wanted& wanted, const Party* issuer = nullptr);
  static Party root(std::string common_name = "root");
  static Party authority(const Party& issuer, std::string constraints = "critical,CA:TRUE",
                         Wanted wanted = {.common_name = "between"});
  /// For `names`: "DNS:a.example,IP:192.0.2.1".
  static Party server(const Party& issuer, const std::string& names, Wanted wanted = {});

  /// A certificate in DER for somebody else's key (SubjectPublicKeyInfo), issued by this party;
  /// times in Unix seconds.
  std::string issue_for(std::string_view public_key, const std::string& names, std::int64_t from,
                        std::int64_t until) const;

  X509* certificate() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }
  const std::string& der() const { return der_; }
  std::string pem() const;

  enum class Says { good, revoked, unknown };
  struct Period {
    std::int64_t from_seconds = -3600, until_seconds = 3600;  // around now
  };
  /// An OCSP response for `about`, which `issuer` issued; signed by this party, whose certificate
  /// goes along.
  std::string answer(const Party& about, const Party& issuer, Says says, Period period) const;
  std::string answer(const Party& about, const Party& issuer, Says says) const {
    return answer(about, issuer, says, Period());
  }
  /// A list of this party's revoked certificates. `part_url`: it is that part of the whole only.
  std::string list(const std::vector<const Party*>& revoked, Period period,
                   const std::string& part_url = {}) const;
  std::string list(const std::vector<const Party*>& revoked) const {
    return list(revoked, Period());
  }

 private:
  std::shared_ptr<X509> certificate_;
  std::shared_ptr<EVP_PKEY> key_;
  std::string der_;
};

/// Unix seconds.
std::int64_t now();

}  // namespace sekisho::tests
