#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho {

/// Where a server listens.
struct HostAndPort {
  std::string host;  // a name, an IPv4 address, or an IPv6 address without brackets
  std::string port;
  std::string text() const;
};

/// "console.example:8443", "192.0.2.1:8443", "[2001:db8::1]:8443". The port is not 0.
Result<HostAndPort> parse_host_and_port(std::string_view text);

inline constexpr std::size_t kMaxHosts = 4;

/// One to kMaxHosts of them with commas between, and spaces if one likes: servers of which each can
/// do what the others can, in the order in which they are tried. None twice.
Result<std::vector<HostAndPort>> parse_hosts_and_ports(std::string_view text);

}  // namespace sekisho
