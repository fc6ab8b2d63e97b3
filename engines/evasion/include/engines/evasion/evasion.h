#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sekisho::engines::evasion {

/// What of a flow cannot all be true.
enum class Kind : std::uint8_t {
  certificate_mismatch,  // the server's certificate is not for the SNI
  tunnel_mismatch,       // SNI or Host within CONNECT are not whom CONNECT asked for
  host_mismatch,         // a request names several: in its target or :authority, and in each Host
  invalid_server_name,   // the SNI is an address, or no host name at all
  foreign_port,          // a protocol on another one's well-known port
  invalid_host,          // what a request names is no host: servers differ in what they read of it
};
inline constexpr std::size_t kNumKinds = 6;

/// As events have it.
std::string_view name_of(Kind kind) noexcept;

/// What contradicts itself; lent for the call.
struct Evasion {
  Kind kind{};
  std::string_view claimed{};    // what the flow shows to whoever filters
  std::string_view actual{};     // what it says besides; both as they were sent
  bool encrypted_hello = false;  // `actual` is the SNI of a hello with ECH: perhaps the outer name
};

}  // namespace sekisho::engines::evasion
