#include "engines/callback/known_services.h"

#include <algorithm>
#include <array>

namespace sekisho::engines::callback {
namespace {

constexpr std::array<std::string_view, 26> kLookUps{
    // reverse names and discovery
    "arpa", "local",
    // block lists of mail (RFC 5782)
    "abuse.ch", "abuseat.org", "barracudacentral.org", "dnswl.org", "mailspike.net", "rspamd.com",
    "senderscore.com", "sorbs.net", "spamcop.net", "spamhaus.net", "spamhaus.org", "surbl.org",
    "support-intelligence.net", "uribl.com",
    // look-ups of files and URLs
    "avqs.mcafee.com", "avts.mcafee.com", "cymru.com", "e5.sk", "sophosxl.com", "sophosxl.net",
    "trendmicro.com", "webcfs03.com", "zvelo.com", "f-secure.com"};

constexpr std::array<std::uint16_t, 22> kUdpPorts{53,   67,   68,   69,   123,  137,  138,  161,
                                                  162,  500,  514,  546,  547,  853,  1194, 1812,
                                                  1813, 1900, 3478, 4500, 5353, 51820};
constexpr std::array<std::uint16_t, 6> kTcpPorts{53, 179, 514, 853, 5060, 5061};

/// "_ldap._tcp.dc.example.com" (RFC 6763); longer ones would be a way round.
bool names_a_service(std::string_view name) noexcept {
  constexpr std::size_t kLongest = 100;
  return name.size() <= kLongest &&
         (name.find("_tcp.") != name.npos || name.find("_udp.") != name.npos);
}

}  // namespace

bool is_look_up_service(std::string_view name) noexcept {
  const auto is_below = [name](std::string_view domain) {
    return name.ends_with(domain) &&
           (name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.');
  };
  return names_a_service(name) || std::any_of(kLookUps.begin(), kLookUps.end(), is_below);
}

bool is_periodic_service(std::uint8_t ip_protocol, std::uint16_t port) noexcept {
  constexpr std::uint8_t kTcp = 6, kUdp = 17;
  if (ip_protocol == kUdp) return std::binary_search(kUdpPorts.begin(), kUdpPorts.end(), port);
  return ip_protocol == kTcp && std::binary_search(kTcpPorts.begin(), kTcpPorts.end(), port);
}

}  // namespace sekisho::engines::callback
