#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::controlplane {

struct HostAndPort {
  std::string host;  // a name, an IPv4 address, or an IPv6 address without brackets
  std::string port;
  std::string text() const {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
  }
};

/// "console.example:8443", "192.0.2.1:8443", "[2001:db8::1]:8443".
inline Result<HostAndPort> parse_host_and_port(std::string_view text) {
  constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 section 2.3.4
  const auto colon = text.rfind(':');
  std::string_view host = text.substr(0, colon == text.npos ? 0 : colon);
  const std::string_view port = colon == text.npos ? "" : text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool is_port = error == std::errc() && end == port.data() + port.size() && number != 0;
  const bool is_host =
      !host.empty() && host.size() <= kMaxHostBytes &&
      host.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:") == host.npos &&
      (host.find(':') != host.npos) == bracketed;
  if (!is_port || !is_host)
    return Error{Error::Code::invalid_input, "the console's address must be HOST:PORT"};
  return HostAndPort{std::string(host), std::string(port)};
}

}  // namespace sekisho::controlplane
