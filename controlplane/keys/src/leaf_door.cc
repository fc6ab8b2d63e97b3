#include <algorithm>
#include <utility>

#include "authority_parts.h"

namespace sekisho::controlplane {
namespace {

/// The certificate must fit into a message.
constexpr std::size_t kMaxNamesBytes = std::size_t{32} * 1024;
constexpr int kMostRsaBits = 4096;
constexpr std::size_t kMaxLabelBytes = 63;  // RFC 1035 §2.3.4

using GeneralNames = std::unique_ptr<GENERAL_NAMES, x509::Freed<GENERAL_NAMES_free>>;

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';  // servers have the latter, whatever RFC 5280 says
         });
}

/// RFC 6125 §6.4.3: a whole left-most label may be "*".
bool is_dns_name(std::string_view name) {
  if (name.size() > keys::kMaxNameBytes) return false;
  if (name.starts_with("*.")) name.remove_prefix(2);
  for (;;) {
    const auto dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == name.npos) return true;
    name.remove_prefix(dot + 1);
  }
}

/// What a message quotes of bytes that are no name.
std::string quoted(std::string_view name) {
  std::string text = "'";
  for (const char c : name.substr(0, 64)) text += c >= 0x20 && c < 0x7f ? c : '?';
  return text + "'";
}

void add_name(GENERAL_NAMES* names, int type, std::string_view value) {
  ASN1_STRING* const text =
      ASN1_STRING_type_new(type == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
  GENERAL_NAME* const name = GENERAL_NAME_new();
  x509::check(text != nullptr && name != nullptr &&
              ASN1_STRING_set(text, value.data(), static_cast<int>(value.size())) == 1);
  GENERAL_NAME_set0_value(name, type, text);
  x509::check(sk_GENERAL_NAME_push(names, name) > 0);
}

Result<GeneralNames> alternative_names(const keys::SignRequest& request) {
  if (request.dns_names.empty() && request.addresses.empty())
    return wrong("the certificate would be for no name");
  GeneralNames names(GENERAL_NAMES_new());
  x509::check(names != nullptr);
  std::size_t bytes = 0;
  for (const auto& name : request.dns_names) bytes += name.size();
  if (bytes > kMaxNamesBytes)
    return wrong("the names have more than " + std::to_string(kMaxNamesBytes) + " bytes");
  for (const auto& name : request.dns_names) {
    if (!is_dns_name(name)) return wrong(quoted(name) + " is no DNS name");
    add_name(names.get(), GEN_DNS, name);
  }
  for (const auto& address : request.addresses) {
    if (address.size() != 4 && address.size() != 16)
      return wrong("an address has " + std::to_string(address.size()) + " bytes, not 4 or 16");
    add_name(names.get(), GEN_IPADD, address);
  }
  return names;
}

Result<x509::Key> public_key(std::string_view der) {
  x509::Key key = x509::key_from_der(der);
  if (!key) return wrong("public key: is no SubjectPublicKeyInfo");
  const int bits = EVP_PKEY_get_bits(key.get());
  const bool is_rsa = EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA;
  if (is_rsa ? bits < kLeastRsaBits || bits > kMostRsaBits
             : x509::describe(key.get()) != "ECDSA P-256")
    return wrong("public key: " + x509::describe(key.get()) +
                 " is neither ECDSA P-256 nor RSA of 2048 to 4096 bits");
  return key;
}

struct Validity {
  std::int64_t from;
  std::int64_t to;
};

/// At most kMaxLeafSeconds and within the authority's: of a longer time the part around now, of one
/// that is over its end, of one to come its beginning.
Result<Validity> validity(const keys::SignRequest& request, X509* issuer, std::int64_t now) {
  Validity v{std::max(request.not_before, x509::time_of(X509_get0_notBefore(issuer))),
             std::min(request.not_after, x509::time_of(X509_get0_notAfter(issuer)))};
  if (v.from > v.to) return wrong("the certificate would never be valid under this authority");
  if (v.to - v.from <= kMaxLeafSeconds) return v;
  if (v.to < now)
    v.from = v.to - kMaxLeafSeconds;
  else
    v.from = std::max(v.from, now - kDay);  // a client's clock may be late
  v.to = std::min(v.to, v.from + kMaxLeafSeconds);
  return v;
}

/// Whether the subject has a name; one that cannot carry it is left empty, as is usual by now.
bool add_common_name(X509* leaf, std::string_view name) {
  return !name.empty() && name.size() <= keys::kMaxSubjectBytes &&
         x509::add_entry(X509_get_subject_name(leaf), NID_commonName, name);
}

void add_extensions(X509* leaf, X509* issuer, bool is_rsa) {
  x509::add_extension(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE");
  x509::add_extension(
      leaf, issuer, NID_key_usage,
      is_rsa ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature");
  x509::add_extension(leaf, issuer, NID_ext_key_usage, "serverAuth");
  x509::add_extension(leaf, issuer, NID_subject_key_identifier, "hash");
  if (X509_get0_subject_key_id(issuer) != nullptr)
    x509::add_extension(leaf, issuer, NID_authority_key_identifier, "keyid:always");
}

}  // namespace

Result<std::string> sign_leaf(const keys::SignRequest& request, X509* issuer, EVP_PKEY* issuer_key,
                              std::int64_t now) {
  const auto names = alternative_names(request);
  if (!names) return Error(names.error());
  const auto key = public_key(request.public_key);
  if (!key) return Error(key.error());
  const auto valid = validity(request, issuer, now);
  if (!valid) return Error(valid.error());
  const x509::Certificate leaf(X509_new());
  x509::check(leaf != nullptr && X509_set_version(leaf.get(), X509_VERSION_3) == 1 &&
              X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer)) == 1 &&
              X509_set_pubkey(leaf.get(), key->get()) == 1);
  x509::set_random_serial(leaf.get());
  x509::set_validity(leaf.get(), valid->from, valid->to);
  const bool has_subject = add_common_name(leaf.get(), request.common_name);
  // Critical where it is the only name, RFC 5280 §4.1.2.6.
  x509::check(X509_add1_ext_i2d(leaf.get(), NID_subject_alt_name, names->get(), has_subject ? 0 : 1,
                                X509V3_ADD_DEFAULT) == 1);
  add_extensions(leaf.get(), issuer, EVP_PKEY_get_base_id(key->get()) == EVP_PKEY_RSA);
  x509::sign(leaf.get(), issuer_key);
  return x509::to_der(leaf.get());
}

}  // namespace sekisho::controlplane
