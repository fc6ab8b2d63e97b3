#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace sekisho::dataplane {

/// What a server says that will not go on with a ClientHello (RFC 8446 §6): fatal,
/// unrecognized_name. Browsers name it beside the host; access_denied would be read as the refusal
/// of the user's own certificate (Chrome: ERR_BAD_SSL_CLIENT_AUTH_CERT), which sends people to the
/// wrong place. Neither makes a browser try again with an older version.
inline constexpr std::array<std::uint8_t, 7> kTlsAlert{
    21, 3,  3,  // alert, in a record of TLS 1.2, as all that follow the first one
    0,  2,      // bytes
    2,  112};

/// Whether a ClientHello begins the payload.
constexpr bool begins_client_hello(std::span<const std::uint8_t> payload) noexcept {
  constexpr std::uint8_t kHandshake = 22, kMajor = 3, kClientHello = 1;
  return payload.size() > 5 && payload[0] == kHandshake && payload[1] == kMajor &&
         payload[5] == kClientHello;
}

}  // namespace sekisho::dataplane
