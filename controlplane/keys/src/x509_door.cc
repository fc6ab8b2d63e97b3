#include "x509_door.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <limits>

namespace sekisho::controlplane::x509 {
namespace {

constexpr std::size_t kSerialBytes = 16;
constexpr unsigned kRsaBits = 3072;

Bio reader(std::string_view text) {
  check(text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  check(bio != nullptr);
  return bio;
}

Bio writer() {
  Bio bio(BIO_new(BIO_s_secmem()));  // keys pass through: its memory is wiped when it is freed
  check(bio != nullptr);
  return bio;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// A key with a pass phrase is refused, not asked about at a terminal.
int no_pass_phrase(char*, int, int, void*) { return -1; }

}  // namespace

void check(bool worked) {
  if (!worked) std::abort();
}

Key new_key(keys::KeyType type) {
  Key key(type == keys::KeyType::rsa_3072 ? EVP_RSA_gen(kRsaBits) : EVP_EC_gen("P-256"));
  check(key != nullptr);
  return key;
}

Key key_from_der(std::string_view der) {
  const auto* at = bytes(der);
  const auto* const end = at + der.size();
  Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  return at == end ? std::move(key) : nullptr;
}

Key key_from_pem(std::string_view pem) {
  Key key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_pass_phrase, nullptr));
  ERR_clear_error();
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

std::vector<Certificate> certificates_from_pem(std::string_view pem) {
  std::vector<Certificate> all;
  const Bio in = reader(pem);
  while (X509* one = PEM_read_bio_X509(in.get(), nullptr, no_pass_phrase, nullptr))
    all.emplace_back(one);
  ERR_clear_error();
  return all;
}

std::string describe(EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
    return "RSA " + std::to_string(EVP_PKEY_get_bits(key));
  std::array<char, 64> group{};
  std::size_t length = 0;
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
      EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1) {
    const std::string_view name(group.data(), length);
    if (name == "prime256v1") return "ECDSA P-256";
    if (name == "secp384r1") return "ECDSA P-384";
    if (name == "secp521r1") return "ECDSA P-521";
    return "ECDSA " + std::string(name);
  }
  const char* type = EVP_PKEY_get0_type_name(key);
  return type != nullptr ? type : "unknown";
}

std::string describe(const X509_NAME* name) {
  const Bio out = writer();
  // In the certificate's order, UTF-8 as it is, control characters escaped.
  constexpr unsigned long kForm =
      (XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ & ~ASN1_STRFLGS_ESC_MSB) | ASN1_STRFLGS_ESC_CTRL;
  check(X509_NAME_print_ex(out.get(), name, 0, kForm) >= 0);
  return text_of(out.get());
}

std::string entry_of(const X509_NAME* name, int nid) {
  const int at = X509_NAME_get_index_by_NID(name, nid, -1);
  if (at < 0) return "";
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  std::string text;
  if (size > 0) text.assign(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  ERR_clear_error();
  return text;
}

std::int64_t time_of(const ASN1_TIME* time) {
  std::tm when{};
  return ASN1_TIME_to_tm(time, &when) == 1 ? static_cast<std::int64_t>(timegm(&when)) : 0;
}

keys::Fingerprint sha256(std::string_view text) {
  keys::Fingerprint digest{};
  unsigned size = 0;
  check(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1 &&
        size == digest.size());
  return digest;
}

bool add_entry(X509_NAME* name, int nid, std::string_view value) {
  const bool added = X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, bytes(value),
                                                static_cast<int>(value.size()), -1, 0) == 1;
  ERR_clear_error();
  return added;
}

void set_random_serial(X509* certificate) {
  std::array<unsigned char, kSerialBytes> random{};
  check(RAND_bytes(random.data(), kSerialBytes) == 1);
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number(
      BN_bin2bn(random.data(), kSerialBytes, nullptr));
  check(number != nullptr &&
        BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void set_validity(X509* certificate, std::int64_t from, std::int64_t to) {
  check(ASN1_TIME_set(X509_getm_notBefore(certificate), from) != nullptr &&
        ASN1_TIME_set(X509_getm_notAfter(certificate), to) != nullptr);
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  check(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void sign(X509* certificate, EVP_PKEY* key) {
  check(X509_sign(certificate, key, EVP_sha256()) > 0);
}

}  // namespace sekisho::controlplane::x509
