#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controlplane/keys/authority.h"
#include "x509_door.h"

namespace sekisho::controlplane {

inline constexpr std::int64_t kDay = std::int64_t{24} * 3600;
inline constexpr int kLeastRsaBits = 2048;

inline Error wrong(std::string why) { return {Error::Code::invalid_input, std::move(why)}; }

struct Authority::Parts {
  keys::Origin origin = keys::Origin::generated;
  x509::Certificate certificate;
  std::vector<x509::Certificate> issuers;  // above it, as far as they were imported
  x509::Key key;
  keys::Fingerprint fingerprint{};
};

/// Whether `certificate` (and its issuers above it) can sign for servers now, with `key`;
/// invalid_input: why not.
Status check_imported(X509* certificate, const std::vector<x509::Certificate>& issuers,
                      EVP_PKEY* key, std::int64_t now);

/// As Authority::sign, signed with `issuer_key`.
Result<std::string> sign_leaf(const keys::SignRequest& request, X509* issuer, EVP_PKEY* issuer_key,
                              std::int64_t now);

}  // namespace sekisho::controlplane
