#include "pki/pki.h"

#include <openssl/bio.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <stdexcept>

namespace sekisho::tests {
namespace {

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

template <class Part, class Write>
std::string der_of(const Part* part, Write write) {
  unsigned char* bytes = nullptr;
  const int size = write(part, &bytes);
  require(size > 0, "encode");
  std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return text;
}

std::shared_ptr<EVP_PKEY> make_key(int rsa_bits) {
  EVP_PKEY* key =
      rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(static_cast<unsigned int>(rsa_bits));
  require(key != nullptr, "key");
  return {key, EVP_PKEY_free};
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "extension");
  X509_EXTENSION_free(extension);
}

using Time = std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)>;
Time time_from_now(std::int64_t seconds) {
  return {ASN1_TIME_set(nullptr, now() + seconds), ASN1_TIME_free};
}

}  // namespace

std::int64_t now() { return std::time(nullptr); }

Party Party::issue(const Wanted& wanted, const Party* issuer) {
  Party party;
  party.key_ = make_key(wanted.rsa_bits);
  party.certificate_ = {X509_new(), X509_free};
  auto* const certificate = party.certificate_.get();
  auto* const above = issuer == nullptr ? certificate : issuer->certificate_.get();
  X509_set_version(certificate, X509_VERSION_3);
  std::uint64_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "random");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial | 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -wanted.days_before * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.days_after * kDay);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()), -1,
                             -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(above));
  X509_set_pubkey(certificate, party.key_.get());
  add_extension(certificate, above, NID_subject_key_identifier, "hash");
  for (const auto& [nid, value] : wanted.extensions) add_extension(certificate, above, nid, value);
  if (wanted.unknown_critical_extension) {
    X509_EXTENSION* extension =
        X509V3_EXT_conf(nullptr, nullptr, "1.3.6.1.4.1.99999.7", "critical,ASN1:UTF8String:x");
    require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "extension");
    X509_EXTENSION_free(extension);
  }
  auto* const key = issuer == nullptr ? party.key_.get() : issuer->key_.get();
  require(X509_sign(certificate, key, wanted.sha1 ? EVP_sha1() : EVP_sha256()) > 0, "sign");
  party.der_ = der_of(certificate, i2d_X509);
  return party;
}

Party Party::root(std::string common_name) {
  return issue({.common_name = std::move(common_name),
                .extensions = {{NID_basic_constraints, "critical,CA:TRUE"},
                               {NID_key_usage, "critical,keyCertSign,cRLSign"}}});
}

Party Party::authority(const Party& issuer, std::string constraints, Wanted wanted) {
  wanted.extensions.emplace_back(NID_basic_constraints, std::move(constraints));
  wanted.extensions.emplace_back(NID_key_usage, "critical,keyCertSign,cRLSign");
  return issue(wanted, &issuer);
}

Party Party::server(const Party& issuer, const std::string& names, Wanted wanted) {
  if (!names.empty()) wanted.extensions.emplace_back(NID_subject_alt_name, names);
  bool has_usage = false;
  for (const auto& [nid, value] : wanted.extensions) has_usage |= nid == NID_ext_key_usage;
  if (!has_usage) wanted.extensions.emplace_back(NID_ext_key_usage, "serverAuth");
  return issue(wanted, &issuer);
}

std::string Party::issue_for(std::string_view public_key, const std::string& names,
                             std::int64_t from, std::int64_t until) const {
  const std::unique_ptr<X509, decltype(&X509_free)> leaf(X509_new(), X509_free);
  const auto* at = reinterpret_cast<const unsigned char*>(public_key.data());
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      d2i_PUBKEY(nullptr, &at, static_cast<long>(public_key.size())), EVP_PKEY_free);
  require(key != nullptr, "public key");
  X509_set_version(leaf.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "random");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(leaf.get()), serial | 1);
  ASN1_TIME_set(X509_getm_notBefore(leaf.get()), from);
  ASN1_TIME_set(X509_getm_notAfter(leaf.get()), until);
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_.get()));
  X509_set_pubkey(leaf.get(), key.get());
  if (!names.empty()) add_extension(leaf.get(), certificate_.get(), NID_subject_alt_name, names);
  add_extension(leaf.get(), certificate_.get(), NID_ext_key_usage, "serverAuth");
  require(X509_sign(leaf.get(), key_.get(), EVP_sha256()) > 0, "sign");
  return der_of(leaf.get(), i2d_X509);
}

std::string Party::pem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bytes(BIO_new(BIO_s_mem()), BIO_free_all);
  require(PEM_write_bio_X509(bytes.get(), certificate_.get()) == 1, "pem");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bytes.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string Party::answer(const Party& about, const Party& issuer, Says says, Period period) const {
  const std::unique_ptr<OCSP_BASICRESP, decltype(&OCSP_BASICRESP_free)> basic(OCSP_BASICRESP_new(),
                                                                              OCSP_BASICRESP_free);
  const std::unique_ptr<OCSP_CERTID, decltype(&OCSP_CERTID_free)> id(
      OCSP_cert_to_id(EVP_sha256(), about.certificate_.get(), issuer.certificate_.get()),
      OCSP_CERTID_free);
  const int status = says == Says::good      ? V_OCSP_CERTSTATUS_GOOD
                     : says == Says::revoked ? V_OCSP_CERTSTATUS_REVOKED
                                             : V_OCSP_CERTSTATUS_UNKNOWN;
  const auto from = time_from_now(period.from_seconds), until = time_from_now(period.until_seconds);
  require(OCSP_basic_add1_status(basic.get(), id.get(), status, 0,
                                 says == Says::revoked ? from.get() : nullptr, from.get(),
                                 until.get()) != nullptr,
          "status");
  require(
      OCSP_basic_sign(basic.get(), certificate_.get(), key_.get(), EVP_sha256(), nullptr, 0) == 1,
      "sign answer");
  const std::unique_ptr<OCSP_RESPONSE, decltype(&OCSP_RESPONSE_free)> response(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()), OCSP_RESPONSE_free);
  return der_of(response.get(), i2d_OCSP_RESPONSE);
}

std::string Party::list(const std::vector<const Party*>& revoked, Period period,
                        const std::string& part_url) const {
  const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> list(X509_CRL_new(), X509_CRL_free);
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get()));
  const auto from = time_from_now(period.from_seconds), until = time_from_now(period.until_seconds);
  X509_CRL_set1_lastUpdate(list.get(), from.get());
  X509_CRL_set1_nextUpdate(list.get(), until.get());
  for (const auto* one : revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one->certificate_.get()));
    X509_REVOKED_set_revocationDate(entry, from.get());
    require(X509_CRL_add0_revoked(list.get(), entry) == 1, "entry");
  }
  if (!part_url.empty()) {
    X509_EXTENSION* part = X509V3_EXT_conf_nid(nullptr, nullptr, NID_issuing_distribution_point,
                                               ("critical,fullname:URI:" + part_url).c_str());
    require(part != nullptr && X509_CRL_add_ext(list.get(), part, -1) == 1, "part");
    X509_EXTENSION_free(part);
  }
  X509_CRL_sort(list.get());
  require(X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) > 0, "sign list");
  return der_of(list.get(), i2d_X509_CRL);
}

}  // namespace sekisho::tests
