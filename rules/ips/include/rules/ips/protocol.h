#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sekisho::rules {

/// Application protocols that conversations are recognised as. http1 and http2 share the http.*
/// fields; a rule for "http" concerns both.
enum class Protocol : std::uint8_t {
  unknown,  // not decided yet
  failed,   // examined to the end: none of these
  http1,
  http2,
  tls,
  quic,
  dns,
  mdns,
  llmnr,
  doh2,  // DNS in HTTP/2; its transactions carry dns.* fields
  smtp,
  pop3,
  imap,
  ftp,
  ftp_data,
  ssh,
  smb,
  nfs,
  dcerpc,
  krb5,
  ldap,
  sip,
  rdp,
  rfb,
  tftp,
  ntp,
  snmp,
  dhcp,
  mqtt,
  modbus,
  dnp3,
  enip,
  pgsql,
  mysql,
  telnet,
  ike,
  websocket,
  bittorrent_dht,
  bittorrent,
};
inline constexpr std::size_t kNumProtocols = static_cast<std::size_t>(Protocol::bittorrent) + 1;

/// As EVE's app_proto writes it: "http", "http2", "ftp-data", "bittorrent-dht"; "" when unknown,
/// "failed" when examined in vain.
std::string_view name_of(Protocol protocol) noexcept;

/// Protocols that a rule header or app-layer-protocol names: "http" is http1 and http2, "dns" dns
/// and doh2, "dcerpc" also over smb, "ssl" tls; bit i stands for Protocol i. nullopt: no such name.
std::optional<std::uint64_t> protocols_named(std::string_view name) noexcept;

/// The one protocol whose name_of() it is, without aliases: "dns" without doh2.
std::optional<std::uint64_t> protocol_called(std::string_view name) noexcept;

constexpr std::uint64_t bit_of(Protocol protocol) noexcept {
  return std::uint64_t{1} << static_cast<unsigned>(protocol);
}

}  // namespace sekisho::rules
