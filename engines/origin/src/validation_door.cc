#include "engines/origin/validation.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>

#include "openssl_parts.h"
#include "pointers.h"
#include "revocation.h"

namespace sekisho::engines::origin {
namespace {

constexpr int kSecurityLevel = 2;  // 112 bits: no RSA below 2048, no SHA-1

Fault fault_of(int error) noexcept {
  switch (error) {
    case X509_V_OK:
      return Fault::none;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Fault::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Fault::not_yet_valid;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return Fault::self_signed;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return Fault::unknown_issuer;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
      return Fault::bad_signature;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return Fault::weak_key;
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return Fault::weak_signature;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Fault::wrong_name;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_CERT_REJECTED:
    case X509_V_ERR_CERT_UNTRUSTED:
      return Fault::wrong_purpose;
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_INVALID_NON_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return Fault::no_authority;
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
      return Fault::path_too_long;
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
      return Fault::name_constraint;
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
      return Fault::critical_extension;
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
    case X509_V_ERR_INVALID_EXTENSION:
      return Fault::malformed;
    default:
      return Fault::other;
  }
}

/// The name or address that the certificate must be for. False: no certificate can be for that.
bool expect_host(X509_VERIFY_PARAM* param, std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.find('\0') != std::string_view::npos) return false;
  const std::string text(host);
  if (X509_VERIFY_PARAM_set1_ip_asc(param, text.c_str()) == 1) return true;
  X509_VERIFY_PARAM_set_hostflags(
      param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(param, text.data(), text.size()) == 1;
}

}  // namespace

/// What judging an answer later needs of the chain that was built.
struct Validation::Parts {
  Certificates sent;   // what the server sent, and `more`
  Certificates built;  // the server's own first, a root last; empty: none could be
  X509_STORE* store = nullptr;
};

Certificate parse_certificate(std::string_view der) {
  if (der.size() > Validation::kMaxCertificateBytes) return nullptr;
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  Certificate parsed(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  return at == end ? std::move(parsed) : nullptr;
}

std::optional<std::int64_t> unix_seconds(const ASN1_TIME* time) {
  std::tm fields{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &fields) != 1) return std::nullopt;
  return timegm(&fields);
}

std::string_view name_of(Fault fault) noexcept {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Fault::other) + 1> kNames{
      "none",           "malformed",     "expired",       "not_yet_valid",   "self_signed",
      "unknown_issuer", "bad_signature", "weak_key",      "weak_signature",  "wrong_name",
      "wrong_purpose",  "no_authority",  "path_too_long", "name_constraint", "critical_extension",
      "revoked",        "other"};
  return kNames[static_cast<std::size_t>(fault)];
}

std::string_view name_of(Revocation state) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"unknown", "good", "revoked"};
  return kNames[static_cast<std::size_t>(state)];
}

Validation::Validation(const Presented& presented, const TrustStore& trusted)
    : parts_(std::make_unique<Parts>()), now_(presented.now) {
  judge(presented, trusted);
  ERR_clear_error();
  if (fault_ == Fault::none && !presented.staple.empty()) use_answer(presented.staple);
}
Validation::Validation(Validation&&) noexcept = default;
Validation& Validation::operator=(Validation&&) noexcept = default;
Validation::~Validation() = default;

void Validation::judge(const Presented& presented, const TrustStore& trusted) {
  parts_->sent.reset(sk_X509_new_null());
  parts_->store = trusted.store_->x509.get();
  if (presented.chain.empty() || presented.chain.size() + presented.more.size() > kMaxCertificates)
    return;
  for (const auto list : {presented.chain, presented.more})
    for (const auto der : list) {
      auto one = parse_certificate(der);
      if (one == nullptr) {
        depth_ = static_cast<std::size_t>(sk_X509_num(parts_->sent.get()));
        return;
      }
      if (sk_X509_push(parts_->sent.get(), one.get()) > 0) static_cast<void>(one.release());
    }
  auto* const own = sk_X509_value(parts_->sent.get(), 0);
  has_timestamps_ = X509_get_ext_by_NID(own, NID_ct_precert_scts, -1) >= 0;
  const StoreContext context(X509_STORE_CTX_new());
  if (context == nullptr ||
      X509_STORE_CTX_init(context.get(), parts_->store, own, parts_->sent.get()) != 1) {
    fault_ = Fault::other;
    return;
  }
  X509_STORE_CTX_set_default(context.get(), "ssl_server");
  auto* const param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, now_);
  X509_VERIFY_PARAM_set_depth(param, kMaxDepth);
  X509_VERIFY_PARAM_set_auth_level(param, kSecurityLevel);
  if (!expect_host(param, presented.host)) {
    fault_ = Fault::wrong_name;
    return;
  }
  const bool is_good = X509_verify_cert(context.get()) == 1;
  const int error = X509_STORE_CTX_get_error(context.get());
  fault_ = is_good ? Fault::none : fault_of(error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error);
  depth_ = static_cast<std::size_t>(std::max(X509_STORE_CTX_get_error_depth(context.get()), 0));
  if (!is_good) return;
  depth_ = 0;
  parts_->built.reset(X509_STORE_CTX_get1_chain(context.get()));
  valid_until_ = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < sk_X509_num(parts_->built.get()); ++i)
    if (const auto end = unix_seconds(X509_get0_notAfter(sk_X509_value(parts_->built.get(), i))))
      valid_until_ = std::min(valid_until_, *end);
}

Pointers Validation::pointers() const {
  const auto* const own = sk_X509_value(parts_->sent.get(), 0);
  return own == nullptr ? Pointers{} : pointers_of(*own);
}

Pointers pointers_of(std::string_view der) {
  const auto certificate = parse_certificate(der);
  return certificate == nullptr ? Pointers{} : pointers_of(*certificate);
}

std::string Validation::ocsp_request() const {
  if (sk_X509_num(parts_->built.get()) < 2) return {};
  return encoded_ocsp_request(*sk_X509_value(parts_->built.get(), 0),
                              *sk_X509_value(parts_->built.get(), 1));
}

Revocation Validation::take(Revocation state, std::int64_t until) noexcept {
  if (state == Revocation::unknown) return state;
  valid_until_ = std::min(valid_until_, until);
  if (revocation_ != Revocation::revoked) revocation_ = state;  // one who says so is enough
  if (state == Revocation::revoked) fault_ = Fault::revoked;
  return state;
}

Revocation Validation::use_answer(std::string_view der) {
  if (sk_X509_num(parts_->built.get()) < 2 || der.size() > kMaxAnswerBytes)
    return Revocation::unknown;
  const auto said = ocsp_answer(der, *parts_->built, *parts_->sent, *parts_->store, now_);
  ERR_clear_error();
  return take(said.state, said.until);
}

Revocation Validation::use_list(std::string_view der) {
  if (sk_X509_num(parts_->built.get()) < 2 || der.size() > kMaxListBytes)
    return Revocation::unknown;
  const auto said = list_answer(der, *parts_->built, now_);
  ERR_clear_error();
  return take(said.state, said.until);
}

}  // namespace sekisho::engines::origin
