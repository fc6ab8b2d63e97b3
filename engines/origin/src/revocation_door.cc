#include "pointers.h"
#include "revocation.h"

namespace sekisho::engines::origin {
namespace {

struct Period {
  std::int64_t from, until;
};

/// Of an answer or list; nullopt: it is not of now. Without an end it is of the next hour, as what
/// has no end promises that newer information is there all the time (RFC 6960 §2.4).
std::optional<Period> period_now(const ASN1_TIME* from, const ASN1_TIME* until, std::int64_t now) {
  constexpr std::int64_t kWithoutEndSeconds = 3600;
  const auto begin = unix_seconds(from);
  if (!begin || *begin > now + Validation::kClockSkewSeconds) return std::nullopt;
  if (until == nullptr) return Period{*begin, now + kWithoutEndSeconds};
  const auto end = unix_seconds(until);
  if (!end || *end + Validation::kClockSkewSeconds < now) return std::nullopt;
  return Period{*begin, *end};
}

/// Whether a single response is of this certificate, by the digest that the responder chose.
bool is_about(const OCSP_CERTID* id, const X509* certificate, const X509* issuer) {
  ASN1_OBJECT* digest = nullptr;
  if (OCSP_id_get0_info(nullptr, &digest, nullptr, nullptr, const_cast<OCSP_CERTID*>(id)) != 1)
    return false;
  const auto* const method = EVP_get_digestbyobj(digest);
  if (method == nullptr) return false;
  const OcspId asked(OCSP_cert_to_id(method, certificate, issuer));
  return asked != nullptr && OCSP_id_cmp(asked.get(), id) == 0;
}

RevocationAnswer single_answer(OCSP_SINGLERESP* single, std::int64_t now) {
  ASN1_GENERALIZEDTIME *from = nullptr, *until = nullptr;
  const int status = OCSP_single_get0_status(single, nullptr, nullptr, &from, &until);
  const auto period = period_now(from, until, now);
  if (!period) return {};
  if (status == V_OCSP_CERTSTATUS_REVOKED) return {Revocation::revoked, period->until};
  if (status == V_OCSP_CERTSTATUS_GOOD) return {Revocation::good, period->until};
  return {};
}

}  // namespace

RevocationAnswer ocsp_answer(std::string_view der, STACK_OF(X509) & built, STACK_OF(X509) & sent,
                             X509_STORE& store, std::int64_t now) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const OcspResponse response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
  if (response == nullptr ||
      OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return {};
  const OcspBasic basic(OCSP_response_get1_basic(response.get()));
  if (basic == nullptr || OCSP_basic_verify(basic.get(), &sent, &store, 0) != 1) return {};
  const auto* const own = sk_X509_value(&built, 0);
  const auto* const issuer = sk_X509_value(&built, 1);
  for (int i = 0; i < OCSP_resp_count(basic.get()); ++i) {
    auto* const single = OCSP_resp_get0(basic.get(), i);
    if (!is_about(OCSP_SINGLERESP_get0_id(single), own, issuer)) continue;
    return single_answer(single, now);
  }
  return {};
}

std::string encoded_ocsp_request(const X509& certificate, const X509& issuer) {
  using Request = std::unique_ptr<OCSP_REQUEST, Freed<OCSP_REQUEST_free>>;
  const Request request(OCSP_REQUEST_new());
  OcspId id(OCSP_cert_to_id(EVP_sha1(), &certificate, &issuer));
  if (request == nullptr || id == nullptr ||
      OCSP_request_add0_id(request.get(), id.get()) == nullptr)
    return {};
  static_cast<void>(id.release());
  unsigned char* bytes = nullptr;
  const int size = i2d_OCSP_REQUEST(request.get(), &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

RevocationAnswer list_answer(std::string_view der, STACK_OF(X509) & built, std::int64_t now) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const RevocationList list(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  auto* const own = sk_X509_value(&built, 0);
  auto* const issuer = sk_X509_value(&built, 1);
  if (list == nullptr ||
      X509_NAME_cmp(X509_CRL_get_issuer(list.get()), X509_get_subject_name(issuer)) != 0 ||
      X509_CRL_verify(list.get(), X509_get0_pubkey(issuer)) != 1 || !is_whole_for(*list, *own))
    return {};
  const auto period =
      period_now(X509_CRL_get0_lastUpdate(list.get()), X509_CRL_get0_nextUpdate(list.get()), now);
  if (!period) return {};
  X509_REVOKED* found = nullptr;
  // 2: it stands there to say that it is no longer on hold.
  const bool is_listed = X509_CRL_get0_by_cert(list.get(), &found, own) == 1;
  return {is_listed ? Revocation::revoked : Revocation::good, period->until};
}

}  // namespace sekisho::engines::origin
