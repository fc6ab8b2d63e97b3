#pragma once

#include <optional>
#include <span>

#include "config/base/address.h"

namespace sekisho::engines {

/// Where a data connection is expected; without an address: at the speaker's own.
struct FtpEndpoint {
  std::optional<IpAddress> address;
  std::uint16_t port = 0;
};

/// "192,0,2,1,4,1", as in PORT and anywhere in the reply to PASV (RFC 959).
std::optional<FtpEndpoint> parse_ftp_host_port(std::span<const std::uint8_t> text) noexcept;
/// "|1|192.0.2.1|1025|" of EPRT, "|||1025|" of the reply to EPSV (RFC 2428), with any delimiter.
std::optional<FtpEndpoint> parse_ftp_extended(std::span<const std::uint8_t> text) noexcept;

}  // namespace sekisho::engines
