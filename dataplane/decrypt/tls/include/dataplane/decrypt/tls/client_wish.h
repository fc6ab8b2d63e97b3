#pragma once

#include <string>
#include <string_view>

struct ssl_st;

namespace sekisho::decrypt {

/// What of a client's hello the other half of its connection has to know.
struct ClientWish {
  std::string host;          // SNI as it was sent; empty: it named nobody
  std::string protocols;     // of ALPN, as RFC 7301 §3.1 writes a list; empty: none
  bool takes_ecdsa = true;   // a certificate with a key on P-256
  bool is_supported = true;  // there is a version, a suite and a group that we speak, too
};

/// Of the connection that its hello callback has interrupted. False: the hello's own extensions
/// contradict their lengths.
bool read_wish(ssl_st* connection, ClientWish& out);

/// What is offered to the origin: HTTP where the client speaks it, as that is what can be looked
/// into, else all that it speaks.
std::string offered_protocols(std::string_view list);

}  // namespace sekisho::decrypt
