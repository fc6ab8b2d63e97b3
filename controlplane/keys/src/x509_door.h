#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "config/keys/messages.h"

namespace sekisho::controlplane::x509 {

/// Owners of OpenSSL's objects.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

/// Aborts: memory ran out, or the library lacks what every build of it has.
void check(bool worked);

Key new_key(keys::KeyType type);
Key key_from_der(std::string_view der);  // SubjectPublicKeyInfo; null: is none
Key key_from_pem(std::string_view pem);  // of a private key without pass phrase; null: is none
std::string to_pem(EVP_PKEY* key);       // PKCS #8
std::string to_pem(X509* certificate);
std::string to_der(X509* certificate);
/// All that stand in `pem`; fewer than its headers say when one is damaged.
std::vector<Certificate> certificates_from_pem(std::string_view pem);

/// "ECDSA P-256", "RSA 3072"; the library's own word for any other.
std::string describe(EVP_PKEY* key);
std::string describe(const X509_NAME* name);
std::string entry_of(const X509_NAME* name, int nid);  // UTF-8; the first; empty: none
std::int64_t time_of(const ASN1_TIME* time);           // Unix seconds
keys::Fingerprint sha256(std::string_view bytes);

/// False: the name cannot carry the value (too long, not UTF-8).
bool add_entry(X509_NAME* name, int nid, std::string_view value);
/// 128 random bits, RFC 5280 §4.1.2.2.
void set_random_serial(X509* certificate);
void set_validity(X509* certificate, std::int64_t from, std::int64_t to);
/// `value` as X509V3_EXT_conf_nid() reads it: a constant, never what somebody wrote.
void add_extension(X509* certificate, X509* issuer, int nid, const char* value);
/// SHA-256 with `key`.
void sign(X509* certificate, EVP_PKEY* key);

}  // namespace sekisho::controlplane::x509
