#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// Owners of OpenSSL's objects.
template <auto Free>
struct OpensslFree {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, OpensslFree<X509_free>>;
using RequestHandle = std::unique_ptr<X509_REQ, OpensslFree<X509_REQ_free>>;
using BioHandle = std::unique_ptr<BIO, OpensslFree<BIO_free_all>>;
using StoreHandle = std::unique_ptr<X509_STORE, OpensslFree<X509_STORE_free>>;
using StoreContextHandle = std::unique_ptr<X509_STORE_CTX, OpensslFree<X509_STORE_CTX_free>>;
using TlsContextHandle = std::unique_ptr<SSL_CTX, OpensslFree<SSL_CTX_free>>;
using TlsHandle = std::unique_ptr<SSL, OpensslFree<SSL_free>>;

/// The library's own account of what went wrong last; empties its queue.
inline Error openssl_error(std::string_view what, Error::Code code = Error::Code::invalid_input) {
  const unsigned long number = ERR_peek_last_error();
  ERR_clear_error();
  std::array<char, 256> text{};
  if (number != 0) ERR_error_string_n(number, text.data(), text.size());
  return {code, std::string(what) + (number != 0 ? ": " + std::string(text.data()) : "")};
}

inline BioHandle bio_of(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

inline std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace sekisho::controlplane
