#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;

namespace sekisho::decrypt {

// What an origin has shown in its handshake.

/// Encoded certificates as they were sent, the origin's own first.
std::vector<std::string> chain_of(ssl_st* connection);
/// The stapled OCSP response; empty: none. Lives as long as the connection.
std::string_view staple_of(ssl_st* connection);
/// Signed Certificate Timestamps (RFC 6962) in its certificate, its staple and its handshake.
std::uint8_t timestamps_of(ssl_st* connection);
/// The protocol that it chose (ALPN); empty: none.
std::string_view protocol_of(ssl_st* connection);

}  // namespace sekisho::decrypt
