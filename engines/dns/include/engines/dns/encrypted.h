#pragma once

#include "config/base/address.h"
#include "engines/api/facts.h"

namespace sekisho::engines::dns {

/// Whether the catalogue has it as a service that resolves names over HTTPS, TLS or QUIC (its tag
/// "encrypted_dns"). Whoever opens its web site is told from who asks it for names by nothing.
bool is_public_resolver(ApplicationId application) noexcept;

/// Whether a public resolver says of itself that it answers at this address: who asks it there
/// needs no name (https://192.0.2.1/dns-query has no SNI).
bool is_public_resolver(const IpAddress& server) noexcept;

}  // namespace sekisho::engines::dns
