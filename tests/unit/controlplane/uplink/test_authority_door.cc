#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "test_authority.h"

namespace sekisho::controlplane {
namespace {

struct Free {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_REQ* p) const { X509_REQ_free(p); }
  void operator()(BIO* p) const { BIO_free_all(p); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Bio = std::unique_ptr<BIO, Free>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Bio bio_of(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

Key key_from(const std::string& pem) {
  return Key(PEM_read_bio_PrivateKey(bio_of(pem).get(), nullptr, nullptr, nullptr));
}

Certificate certificate_from(const std::string& pem) {
  return Certificate(PEM_read_bio_X509(bio_of(pem).get(), nullptr, nullptr, nullptr));
}

void name(X509* certificate, const char* part, const std::string& text) {
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), part, MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate blank(EVP_PKEY* key, long from, long to) {
  static long serial = 1;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

}  // namespace

TestAuthority::TestAuthority(std::string_view own_name) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = blank(key.get(), -3'600, 86'400L * 365);
  name(certificate.get(), "CN", std::string(own_name));
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  extend(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign");
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  key_pem_ = pem_of(key.get());
  certificate_pem_ = pem_of(certificate.get());
}

std::string TestAuthority::certificate_pem() const { return certificate_pem_; }

std::string TestAuthority::certificate_der() const {
  const Certificate certificate = certificate_from(certificate_pem_);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

activation::Fingerprint TestAuthority::fingerprint() const {
  const std::string der = certificate_der();
  return activation::fingerprint_of(
      {reinterpret_cast<const std::uint8_t*>(der.data()), der.size()});
}

TestAuthority::Issued TestAuthority::issue_server(const std::string& names) const {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate issuer = certificate_from(certificate_pem_);
  const Certificate certificate = blank(key.get(), -3'600, 86'400);
  name(certificate.get(), "CN", "console");
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  extend(certificate.get(), issuer.get(), NID_subject_alt_name, names);
  extend(certificate.get(), issuer.get(), NID_ext_key_usage, "serverAuth");
  X509_sign(certificate.get(), key_from(key_pem_).get(), EVP_sha256());
  return {pem_of(key.get()), pem_of(certificate.get())};
}

std::string TestAuthority::sign_request(std::string_view request_der, const std::string& gateway,
                                        const std::string& tenant, std::int64_t lived,
                                        std::int64_t life) const {
  const auto* at = reinterpret_cast<const unsigned char*>(request_der.data());
  const std::unique_ptr<X509_REQ, Free> request(
      d2i_X509_REQ(nullptr, &at, static_cast<long>(request_der.size())));
  REQUIRE(request);
  EVP_PKEY* const key = X509_REQ_get0_pubkey(request.get());
  REQUIRE(X509_REQ_verify(request.get(), key) == 1);
  const Certificate issuer = certificate_from(certificate_pem_);
  const Certificate certificate = blank(key, -lived, life - lived);
  name(certificate.get(), "CN", gateway);
  name(certificate.get(), "O", tenant);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  extend(certificate.get(), issuer.get(), NID_ext_key_usage, "clientAuth");
  X509_sign(certificate.get(), key_from(key_pem_).get(), EVP_sha256());
  return pem_of(certificate.get());
}

}  // namespace sekisho::controlplane
