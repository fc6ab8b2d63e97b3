#pragma once

#include <openssl/bio.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "engines/origin/trust_store.h"

namespace sekisho::engines::origin {

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* part) const noexcept {
    kFree(part);
  }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using CertificateStore = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using OcspResponse = std::unique_ptr<OCSP_RESPONSE, Freed<OCSP_RESPONSE_free>>;
using OcspBasic = std::unique_ptr<OCSP_BASICRESP, Freed<OCSP_BASICRESP_free>>;
using OcspId = std::unique_ptr<OCSP_CERTID, Freed<OCSP_CERTID_free>>;
using RevocationList = std::unique_ptr<X509_CRL, Freed<X509_CRL_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_pop_free(stack, X509_free); }
};
using Certificates = std::unique_ptr<STACK_OF(X509), FreeStack>;

struct TrustStore::Store {
  CertificateStore x509;
};

/// All of `der`, or null.
Certificate parse_certificate(std::string_view der);
/// Unix seconds; nullopt: it cannot be read.
std::optional<std::int64_t> unix_seconds(const ASN1_TIME* time);

}  // namespace sekisho::engines::origin
