// What an authority must be that somebody brings along, in the order in which its mistakes are
// told.
#include <array>
#include <ctime>
#include <utility>

#include "authority_parts.h"

namespace sekisho::controlplane {
namespace {

std::string date_of(const ASN1_TIME* time) {
  std::tm when{};
  std::array<char, 32> text{};
  if (ASN1_TIME_to_tm(time, &when) != 1 ||
      std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &when) == 0)
    return "an unreadable date";
  return text.data();
}

Status check_is_authority(X509* certificate) {
  const std::uint32_t usage = X509_get_key_usage(certificate);  // all bits where none is said
  if ((usage & KU_KEY_CERT_SIGN) == 0)
    return wrong("certificate: its key usage does not let it sign certificates (keyCertSign)");
  if (X509_check_ca(certificate) != 1)
    return wrong("certificate: it is no certificate authority's (basicConstraints CA:TRUE)");
  const std::uint32_t purposes = X509_get_extended_key_usage(certificate);
  if ((X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0 &&
      (purposes & (XKU_SSL_SERVER | XKU_ANYEKU)) == 0)
    return wrong("certificate: its extended key usage allows no servers (serverAuth)");
  if (X509_get_ext_by_NID(certificate, NID_name_constraints, -1) >= 0)
    return wrong("certificate: its name constraints forbid it to sign for every host");
  return ok();
}

Status check_dates(X509* certificate, std::int64_t now, std::string_view what) {
  if (x509::time_of(X509_get0_notAfter(certificate)) <= now)
    return wrong(std::string(what) + ": it expired on " + date_of(X509_get0_notAfter(certificate)));
  if (x509::time_of(X509_get0_notBefore(certificate)) > now)
    return wrong(std::string(what) + ": it is not valid before " +
                 date_of(X509_get0_notBefore(certificate)));
  return ok();
}

Status check_strength(EVP_PKEY* key) {
  const std::string name = x509::describe(key);
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < kLeastRsaBits)
    return wrong("private key: " + name + " is too weak; at least RSA 2048");
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA && name != "ECDSA P-256" && name != "ECDSA P-384" &&
      name != "ECDSA P-521")
    return wrong("private key: " + name +
                 " is a kind that not every client takes; RSA, or ECDSA over P-256, P-384, P-521");
  return ok();
}

bool is_signed_by_itself(X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

/// A root's own signature counts for nobody; any other's must not be forgeable.
Status check_signature(X509* certificate, std::string_view what) {
  int digest = NID_undef;
  if (!is_signed_by_itself(certificate) &&
      X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr) == 1 &&
      (digest == NID_md5 || digest == NID_sha1))
    return wrong(std::string(what) + ": it is signed with MD5 or SHA-1, which no client takes");
  ERR_clear_error();
  return ok();
}

Status check_issuer(X509* below, X509* above, std::int64_t now) {
  if (X509_check_issued(above, below) != X509_V_OK ||
      X509_verify(below, X509_get0_pubkey(above)) != 1) {
    ERR_clear_error();
    return wrong("certificate: those behind the first are not its issuers, in order");
  }
  if (auto s = check_dates(above, now, "issuer's certificate"); !s) return s;
  return check_signature(above, "issuer's certificate");
}

}  // namespace

Status check_imported(X509* certificate, const std::vector<x509::Certificate>& issuers,
                      EVP_PKEY* key, std::int64_t now) {
  const bool is_pair = X509_check_private_key(certificate, key) == 1;
  ERR_clear_error();
  if (!is_pair) return wrong("private key: it is not the certificate's");
  if (auto s = check_is_authority(certificate); !s) return s;
  if (auto s = check_dates(certificate, now, "certificate"); !s) return s;
  if (auto s = check_strength(key); !s) return s;
  if (auto s = check_signature(certificate, "certificate"); !s) return s;
  X509* below = certificate;
  for (const auto& issuer : issuers) {
    if (auto s = check_issuer(below, issuer.get(), now); !s) return s;
    below = issuer.get();
  }
  return ok();
}

}  // namespace sekisho::controlplane
