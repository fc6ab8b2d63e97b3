#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::console {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;

Key new_p256_key();
std::string to_pem(EVP_PKEY* key);
std::string to_pem(X509* certificate);
std::string to_der(X509* certificate);
Key key_from_pem(std::string_view pem);                  // null: is none
Certificate certificate_from_pem(std::string_view pem);  // null: is none

std::string common_name_of(X509* certificate);
std::string organization_of(X509* certificate);
std::string serial_of(X509* certificate);  // lower-case hexadecimal
std::int64_t end_of(X509* certificate);    // Unix milliseconds

/// The key of a PKCS #10 request that is signed with it.
Result<Key> key_of_request(std::string_view der);

struct Extension {
  int nid;
  std::string value;  // as X509V3_EXT_conf_nid() reads it
};

struct CertificatePlan {
  std::string common_name;
  std::string organization;  // empty: none
  std::int64_t from = 0;     // Unix milliseconds
  std::int64_t to = 0;
  std::vector<Extension> extensions;
};

/// Signed with `issuer_key`; without an issuer by itself. Null: an extension's value is no good.
Certificate sign(const CertificatePlan& plan, EVP_PKEY* subject_key, X509* issuer,
                 EVP_PKEY* issuer_key);

}  // namespace sekisho::console
