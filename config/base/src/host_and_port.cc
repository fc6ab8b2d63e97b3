#include "config/base/host_and_port.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "config/base/address.h"

namespace sekisho {
namespace {

constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035 section 2.3.4
constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

bool is_port(std::string_view text) {
  std::uint16_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end && number != 0;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxHostBytes &&
         text.find_first_not_of(kNameCharacters) == text.npos;
}

bool is_v6(std::string_view text) {
  const auto address = parse_ip_address(text);
  return address && !address->is_v4();
}

std::string_view without_spaces_around(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

std::string HostAndPort::text() const {
  return (host.find(':') == host.npos ? host : "[" + host + "]") + ":" + port;
}

Result<HostAndPort> parse_host_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  std::string_view host = text.substr(0, colon == text.npos ? 0 : colon);
  const std::string_view port = colon == text.npos ? "" : text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!is_port(port) || !(bracketed ? is_v6(host) : is_name(host)))
    return Error{Error::Code::invalid_input, "'" + std::string(text) + "' is not HOST:PORT"};
  return HostAndPort{std::string(host), std::string(port)};
}

Result<std::vector<HostAndPort>> parse_hosts_and_ports(std::string_view text) {
  std::vector<HostAndPort> hosts;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    more = comma != text.npos;
    auto host = parse_host_and_port(without_spaces_around(text.substr(0, comma)));
    if (!host) return std::move(host).error();
    if (std::any_of(hosts.begin(), hosts.end(),
                    [&](const HostAndPort& other) { return other.text() == host->text(); }))
      return Error{Error::Code::invalid_input, "'" + host->text() + "' is there twice"};
    if (hosts.size() == kMaxHosts)
      return Error{Error::Code::invalid_input,
                   "more than " + std::to_string(kMaxHosts) + " of HOST:PORT"};
    hosts.push_back(std::move(*host));
    if (more) text.remove_prefix(comma + 1);
  }
  return hosts;
}

}  // namespace sekisho
