#include "test_certificates.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <cstring>
#include <ctime>

namespace sekisho::controlplane::test {
namespace {

void check(bool worked) {
  if (!worked) std::abort();
}

std::string taken(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  check(made != nullptr && X509_add_ext(certificate, made, -1) == 1);
  X509_EXTENSION_free(made);
}

}  // namespace

Certificate make_certificate(const Plan& plan, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  Certificate made(X509_new());
  static long serial = 100;
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), plan.from);
  ASN1_TIME_set(X509_getm_notAfter(made.get()), plan.to);
  X509_NAME* subject = X509_get_subject_name(made.get());
  check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(plan.name.c_str()), -1,
                                   -1, 0) == 1);
  X509* const by = issuer != nullptr ? issuer : made.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(by));
  X509_set_pubkey(made.get(), key);
  extend(made.get(), by, NID_basic_constraints, plan.basic_constraints);
  extend(made.get(), by, NID_key_usage, plan.key_usage);
  extend(made.get(), by, NID_ext_key_usage, plan.extended_key_usage);
  extend(made.get(), by, NID_name_constraints, plan.name_constraints);
  extend(made.get(), by, NID_subject_key_identifier, "hash");
  if (issuer != nullptr) extend(made.get(), by, NID_authority_key_identifier, "keyid:always");
  check(X509_sign(made.get(), issuer_key != nullptr ? issuer_key : key,
                  plan.sha1 ? EVP_sha1() : EVP_sha256()) > 0);
  return made;
}

Key ec_key(const char* curve) { return Key(EVP_EC_gen(curve)); }
Key rsa_key(unsigned bits) { return Key(EVP_RSA_gen(bits)); }

std::string public_der(EVP_PKEY* key) {
  unsigned char* out = nullptr;
  const int size = i2d_PUBKEY(key, &out);
  std::string der(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return der;
}

std::string pem(X509* certificate) {
  BIO* bio = BIO_new(BIO_s_mem());
  check(PEM_write_bio_X509(bio, certificate) == 1);
  return taken(bio);
}

std::string pem(EVP_PKEY* key, const char* pass_phrase) {
  BIO* bio = BIO_new(BIO_s_mem());
  check(PEM_write_bio_PKCS8PrivateKey(
            bio, key, pass_phrase != nullptr ? EVP_aes_128_cbc() : nullptr, pass_phrase,
            pass_phrase != nullptr ? static_cast<int>(std::strlen(pass_phrase)) : 0, nullptr,
            nullptr) == 1);
  return taken(bio);
}

Certificate from_der(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  check(certificate != nullptr);
  return certificate;
}

Certificate from_pem(std::string_view text) {
  BIO* bio = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  Certificate certificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  check(certificate != nullptr);
  return certificate;
}

int verify(X509* leaf, X509* root, std::int64_t when, X509* between) {
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, root);
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  STACK_OF(X509)* chain = sk_X509_new_null();
  if (between != nullptr) sk_X509_push(chain, between);
  X509_STORE_CTX_init(context, store, leaf, chain);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_time(parameters, when);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
  const int good = X509_verify_cert(context);
  const int error = good == 1 ? 0 : X509_STORE_CTX_get_error(context);
  sk_X509_free(chain);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return error;
}

std::string extension(X509* certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate, nid, -1);
  if (at < 0) return "none";
  X509_EXTENSION* found = X509_get_ext(certificate, at);
  BIO* bio = BIO_new(BIO_s_mem());
  check(X509V3_EXT_print(bio, found, 0, 0) == 1);
  return (X509_EXTENSION_get_critical(found) != 0 ? "critical " : "") + taken(bio);
}

std::int64_t seconds(const ASN1_TIME* time) {
  std::tm when{};
  check(ASN1_TIME_to_tm(time, &when) == 1);
  return timegm(&when);
}

}  // namespace sekisho::controlplane::test
