#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engines/origin/validation.h"
#include "openssl_parts.h"

namespace sekisho::engines::origin {

struct RevocationAnswer {
  Revocation state = Revocation::unknown;
  std::int64_t until = 0;  // Unix seconds; of `unknown` nothing
};

/// What an OCSP response says of the first certificate of `built`, which the second issued: signed
/// by the issuer or by whom it lets sign (RFC 6960 §4.2.2.2), and neither old nor of tomorrow.
RevocationAnswer ocsp_answer(std::string_view der, STACK_OF(X509) & built, STACK_OF(X509) & sent,
                             X509_STORE& store, std::int64_t now);

/// DER; certificates are named by SHA-1, as every responder knows them (RFC 5019 §2.1.1).
std::string encoded_ocsp_request(const X509& certificate, const X509& issuer);

/// Likewise of a complete list that the issuer signed itself.
RevocationAnswer list_answer(std::string_view der, STACK_OF(X509) & built, std::int64_t now);

}  // namespace sekisho::engines::origin
