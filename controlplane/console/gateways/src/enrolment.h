#pragma once

#include <cstdint>
#include <string>

#include "controlplane/console/secrets/activations.h"
#include "controlplane/console/secrets/authority.h"
#include "controlplane/console/secrets/tenant_keys.h"
#include "controlplane/console/store/database.h"

namespace sekisho::console {

/// What enrolment and renewal need of the console.
struct Issuing {
  Database& database;
  const Authority& authority;
  const TenantKeys& keys;
};

struct EnrolmentRequest {
  std::string activation_code;
  std::string certificate_request;  // DER
  std::string box_name;
  std::string software_version;
};

struct Enrolment {
  std::string tenant;
  std::string gateway;
  GatewayCertificate certificate;
  TenantKeyName signing_key;
};

/// A box becomes the gateway that the code is of; the one before, if any, is shut out. A gateway to
/// which nothing was delivered yet is given the newest version of its group. The request's texts
/// are cut to 200 bytes. Throws Refused:
/// unauthenticated (the code), invalid_argument (the request, and the code stays good).
Enrolment enrol(const Issuing& issuing, EnrolmentRequest request, std::int64_t now);

/// A further certificate for a gateway that is let in; both are good until the new one is used.
/// Throws Refused: permission_denied, invalid_argument.
GatewayCertificate renew(const Issuing& issuing, const PeerCertificate& peer,
                         const std::string& certificate_request, std::int64_t now);

}  // namespace sekisho::console
