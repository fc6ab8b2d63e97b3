#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/activation/activation_code.h"

namespace sekisho::controlplane {

/// A console's certificate authority, made by OpenSSL for a test.
class TestAuthority {
 public:
  explicit TestAuthority(std::string_view name = "test console");

  std::string certificate_pem() const;
  std::string certificate_der() const;
  activation::Fingerprint fingerprint() const;

  struct Issued {
    std::string key_pem;
    std::string certificate_pem;  // without its issuer
  };
  /// `names` as in openssl.cnf: "DNS:sekisho-console,IP:127.0.0.1".
  Issued issue_server(const std::string& names) const;
  /// For the key of a PKCS #10 request in DER; lives from now - `lived` for `life` seconds.
  std::string sign_request(std::string_view request_der, const std::string& gateway,
                           const std::string& tenant, std::int64_t lived = 10,
                           std::int64_t life = 86'400) const;

 private:
  std::string key_pem_;
  std::string certificate_pem_;
};

}  // namespace sekisho::controlplane
