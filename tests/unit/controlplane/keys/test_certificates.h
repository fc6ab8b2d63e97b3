#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sekisho::controlplane::test {

struct Free {
  void operator()(X509* x) const { X509_free(x); }
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
};
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

inline constexpr std::int64_t kDay = std::int64_t{24} * 3600;
inline constexpr std::int64_t kNow = 1'900'000'000;  // 2030-03-17

/// A certificate of any kind, made with OpenSSL alone: what others bring along.
struct Plan {
  std::string name = "Somebody";
  std::string basic_constraints = "critical,CA:TRUE";  // empty: none
  std::string key_usage = "critical,keyCertSign,cRLSign";
  std::string extended_key_usage = {};
  std::string name_constraints = {};
  std::int64_t from = kNow - kDay;
  std::int64_t to = kNow + 365 * kDay;
  bool sha1 = false;
};
Certificate make_certificate(const Plan& plan, EVP_PKEY* key, X509* issuer = nullptr,
                             EVP_PKEY* issuer_key = nullptr);

Key ec_key(const char* curve = "P-256");
Key rsa_key(unsigned bits = 2048);
std::string public_der(EVP_PKEY* key);
std::string pem(X509* certificate);
std::string pem(EVP_PKEY* key, const char* pass_phrase = nullptr);
Certificate from_der(std::string_view der);
Certificate from_pem(std::string_view pem);

/// 0 when the chain holds for a TLS server at `when`, else OpenSSL's number of what does not.
int verify(X509* leaf, X509* root, std::int64_t when, X509* between = nullptr);
std::string extension(X509* certificate, int nid);  // as text; "critical " in front
std::int64_t seconds(const ASN1_TIME* time);

}  // namespace sekisho::controlplane::test
