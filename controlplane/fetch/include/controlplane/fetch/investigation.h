#pragma once

#include <cstdint>

#include "config/inquiry/messages.h"
#include "controlplane/fetch/documents.h"
#include "engines/origin/validation.h"

namespace sekisho::controlplane {

inline constexpr std::size_t kMostListBytes = std::size_t{10} << 20;
/// Authorities that a chain may lack; each is fetched from where the one below it points to.
inline constexpr std::size_t kMostIssuers = 3;
/// Of a kind (OCSP, lists), of one certificate.
inline constexpr std::size_t kMostUrls = 2;
/// What could not be found out is worth another try after so long.
inline constexpr std::int64_t kUnknownSeconds = 60;

/// Finds out what the chain of `inquiry` does not say itself: authorities that it lacks (RFC 5280
/// §4.2.2.1), and, once it leads to a root of `trusted`, whether the origin's certificate is
/// revoked: by its OCSP responders, else by its lists. Of a chain that leads nowhere nothing but
/// authorities is fetched. `now`: Unix seconds.
inquiry::Finding investigate(const inquiry::Inquiry& inquiry,
                             const engines::origin::TrustStore& trusted, Documents& documents,
                             std::int64_t now);

}  // namespace sekisho::controlplane
