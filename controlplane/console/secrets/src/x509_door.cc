#include "x509_door.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>
#include <ctime>

#include "config/base/hex.h"
#include "controlplane/console/secrets/random.h"

namespace sekisho::console {
namespace {

using Bio = std::unique_ptr<BIO, Freed<&BIO_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<&BN_free>>;

constexpr std::size_t kSerialBytes = 16;
constexpr std::size_t kMaxRequestBytes = 8192;

void check(bool worked) {
  if (!worked) std::abort();  // memory ran out, or the library lacks what every build of it has
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(length)};
}

Bio reader(std::string_view text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  check(bio != nullptr);
  return bio;
}

Bio writer() {
  Bio bio(BIO_new(BIO_s_mem()));
  check(bio != nullptr);
  return bio;
}

std::string entry_of(X509* certificate, int nid) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, nid, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, nid, at) >= 0) return "";  // none, or two
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

bool is_good_curve(EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t length = 0;
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) != 1)
    return false;
  const std::string_view name(group.data(), length);
  return name == "prime256v1" || name == "secp384r1" || name == "secp521r1";
}

/// Positive, of 127 random bits at most, so never longer than RFC 5280's 20 bytes.
void set_random_serial(X509* certificate) {
  std::string random = random_bytes(kSerialBytes);
  random[0] = static_cast<char>((random[0] & 0x3f) | 0x40);
  const Number number(BN_bin2bn(reinterpret_cast<const unsigned char*>(random.data()),
                                static_cast<int>(random.size()), nullptr));
  check(number != nullptr &&
        BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void add_entry(X509_NAME* name, int nid, const std::string& value) {
  check(X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(value.data()),
                                   static_cast<int>(value.size()), -1, 0) == 1);
}

void set_time(ASN1_TIME* field, std::int64_t unix_milliseconds) {
  check(ASN1_TIME_set(field, static_cast<std::time_t>(unix_milliseconds / 1000)) != nullptr);
}

}  // namespace

Key new_p256_key() {
  Key key(EVP_EC_gen("P-256"));
  check(key != nullptr);
  return key;
}

std::string to_pem(EVP_PKEY* key) {
  const Bio out = writer();
  check(PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(out.get());
}

std::string to_pem(X509* certificate) {
  const Bio out = writer();
  check(PEM_write_bio_X509(out.get(), certificate) == 1);
  return text_of(out.get());
}

std::string to_der(X509* certificate) {
  const Bio out = writer();
  check(i2d_X509_bio(out.get(), certificate) == 1);
  return text_of(out.get());
}

Key key_from_pem(std::string_view pem) {
  Key key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return key;
}

Certificate certificate_from_pem(std::string_view pem) {
  Certificate certificate(PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

std::string common_name_of(X509* certificate) { return entry_of(certificate, NID_commonName); }
std::string organization_of(X509* certificate) {
  return entry_of(certificate, NID_organizationName);
}

std::string serial_of(X509* certificate) {
  const Number number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  check(number != nullptr);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return to_hex(bytes);
}

std::int64_t end_of(X509* certificate) {
  std::tm when{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) != 1) return 0;
  return static_cast<std::int64_t>(timegm(&when)) * 1000;
}

Result<Key> key_of_request(std::string_view der) {
  if (der.empty() || der.size() > kMaxRequestBytes)
    return Error{
        Error::Code::invalid_input,
        "certificate request: has " + std::to_string(der.size()) + " bytes, 1 to 8192 are allowed"};
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  const std::unique_ptr<X509_REQ, Freed<&X509_REQ_free>> request(
      d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  Key key;
  if (request && at == end) key.reset(X509_REQ_get_pubkey(request.get()));
  ERR_clear_error();
  if (!key) return Error{Error::Code::invalid_input, "certificate request: is no PKCS #10 in DER"};
  if (!is_good_curve(key.get()))
    return Error{Error::Code::invalid_input,
                 "certificate request: its key is not EC P-256, P-384 or P-521"};
  const bool signed_by_itself = X509_REQ_verify(request.get(), key.get()) == 1;
  ERR_clear_error();
  if (!signed_by_itself)
    return Error{Error::Code::signature, "certificate request: is not signed with its own key"};
  return key;
}

Certificate sign(const CertificatePlan& plan, EVP_PKEY* subject_key, X509* issuer,
                 EVP_PKEY* issuer_key) {
  Certificate certificate(X509_new());
  check(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  set_random_serial(certificate.get());
  set_time(X509_getm_notBefore(certificate.get()), plan.from);
  set_time(X509_getm_notAfter(certificate.get()), plan.to);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  add_entry(subject, NID_commonName, plan.common_name);
  if (!plan.organization.empty()) add_entry(subject, NID_organizationName, plan.organization);
  X509* const by = issuer != nullptr ? issuer : certificate.get();
  check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(by)) == 1);
  check(X509_set_pubkey(certificate.get(), subject_key) == 1);

  X509V3_CTX context;
  X509V3_set_ctx(&context, by, certificate.get(), nullptr, nullptr, 0);
  for (const auto& [nid, value] : plan.extensions) {
    const std::unique_ptr<X509_EXTENSION, Freed<&X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    ERR_clear_error();
    if (!extension) return nullptr;
    check(X509_add_ext(certificate.get(), extension.get(), -1) == 1);
  }
  check(X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0);
  return certificate;
}

}  // namespace sekisho::console
