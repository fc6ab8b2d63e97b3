#pragma once

#include "config/base/result.h"
#include "dataplane/decrypt/tls/openssl_parts.h"

namespace sekisho::decrypt {

/// How both halves of a decrypted connection speak TLS: 1.2 and 1.3, with forward secrecy and AEAD
/// only, in the order of today's browsers. Of one loop; never changed, so that a hello towards an
/// origin looks the same every time.
struct TlsContexts {
  TlsContext towards_client;  // as a server
  TlsContext towards_origin;  // as a client; certificates are judged by who uses it

  static Result<TlsContexts> make();
};

}  // namespace sekisho::decrypt
