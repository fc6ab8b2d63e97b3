#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engines/protocols/transaction.h"

namespace sekisho::tests {

struct HandshakeOptions {
  int version = 0x0303;  // of both ends, as on the wire
  bool client_certificate = false;
  bool resume = false;  // a second handshake with the ticket of a first, which is not recorded
  const char* server_name = "www.example.com";
  const char* issuer = nullptr;  // a unit of the server's certificate's issuer; null: its own
};

/// What OpenSSL says of a certificate.
struct CertificateFacts {
  std::string serial, fingerprint, der;
};

/// Bytes that two OpenSSL ends really exchanged in memory, in order, with one exchange of
/// application data behind the handshake.
struct Handshake {
  std::vector<std::pair<engines::Direction, std::string>> flights;
  CertificateFacts server;
  CertificateFacts client;
};

/// Its certificates: "C=DE, O=Example, Inc., CN=<name>", valid from 2020-02-29T12:34:56 to
/// 2049-12-31T23:59:59; the server's has the alternative names www.example.com, *.example.org,
/// 192.0.2.7, 2001:db8::7 and https://example.com/.
Handshake run_handshake(const HandshakeOptions& options);

}  // namespace sekisho::tests
