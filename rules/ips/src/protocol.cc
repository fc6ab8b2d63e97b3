#include "rules/ips/protocol.h"

#include <array>

namespace sekisho::rules {
namespace {

constexpr std::array<std::string_view, kNumProtocols> kNames{"",          "failed",
                                                             "http",      "http2",
                                                             "tls",       "quic",
                                                             "dns",       "mdns",
                                                             "llmnr",     "doh2",
                                                             "smtp",      "pop3",
                                                             "imap",      "ftp",
                                                             "ftp-data",  "ssh",
                                                             "smb",       "nfs",
                                                             "dcerpc",    "krb5",
                                                             "ldap",      "sip",
                                                             "rdp",       "rfb",
                                                             "tftp",      "ntp",
                                                             "snmp",      "dhcp",
                                                             "mqtt",      "modbus",
                                                             "dnp3",      "enip",
                                                             "pgsql",     "mysql",
                                                             "telnet",    "ike",
                                                             "websocket", "bittorrent-dht",
                                                             "bittorrent"};

struct Alias {
  std::string_view name;
  std::uint64_t protocols;
};
constexpr auto kHttp2 = bit_of(Protocol::http2) | bit_of(Protocol::doh2);
constexpr auto kHttp = bit_of(Protocol::http1) | kHttp2;
constexpr auto kDcerpc = bit_of(Protocol::dcerpc) | bit_of(Protocol::smb);
constexpr std::array<Alias, 10> kAliases{{
    {"http", kHttp},
    {"http2", kHttp2},
    {"http1", bit_of(Protocol::http1)},
    {"ssl", bit_of(Protocol::tls)},
    {"dns", bit_of(Protocol::dns) | bit_of(Protocol::doh2)},
    {"ikev2", bit_of(Protocol::ike)},
    {"dcerpc", kDcerpc},
    {"dce", kDcerpc},
    {"netbios-ssn", bit_of(Protocol::smb)},
    {"dnp", bit_of(Protocol::dnp3)},
}};

}  // namespace

std::string_view name_of(Protocol protocol) noexcept {
  return kNames[static_cast<std::size_t>(protocol)];
}

std::optional<std::uint64_t> protocols_named(std::string_view name) noexcept {
  for (const auto& alias : kAliases)
    if (alias.name == name) return alias.protocols;
  return protocol_called(name);
}

std::optional<std::uint64_t> protocol_called(std::string_view name) noexcept {
  for (std::size_t i = static_cast<std::size_t>(Protocol::http1); i < kNames.size(); ++i)
    if (kNames[i] == name) return std::uint64_t{1} << i;
  return std::nullopt;
}

}  // namespace sekisho::rules
