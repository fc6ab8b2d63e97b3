#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "config/base/byte_reader.h"

namespace sekisho::engines::appid {

/// What a flow has said before this payload. Some protocols can only be told by both ends' words.
enum Hint : std::uint8_t {
  kGreeted220 = 0x01,      // server began with "220": SMTP or FTP
  kSocksOffered = 0x02,    // client offered SOCKS 5 methods
  kOpenvpnOffered = 0x04,  // client sent what looks like OpenVPN's hard reset
  kRshBegun = 0x08,        // client sent rsh's second port alone
  kMqttPinged = 0x10,      // client sent what looks like MQTT's PINGREQ
  kStunAsked = 0x20,       // an end asked a STUN server without saying who it is
};

/// What looked like RTP before: two packets in a row tell.
struct RtpTrace {
  std::uint16_t sequence = 0;
  std::uint8_t source = 0;  // a digest of SSRC and direction
  bool seen = false;
};

/// One non-empty transport payload and what surrounds it; lent for the call.
struct Payload {
  std::span<const std::uint8_t> bytes;
  bool to_server = true;
  bool is_first = true;       // the flow's first payload from this end
  bool peer_spoke = false;    // there was one from the other end before
  std::uint8_t hints = 0;     // Hint bits; a recogniser may add some
  RtpTrace rtp{};             // is_rtp()'s own
  bool is_announced = false;  // another flow has announced this one as its media
  std::uint16_t server_port = 0;
  std::uint16_t client_port = 0;

  /// At either end.
  bool is_on(std::uint16_t port) const noexcept {
    return port == server_port || port == client_port;
  }
  std::string_view text() const noexcept { return as_text(bytes); }
};

/// The host that a client names in this payload, of an application that is_tls() or is_http() told:
/// the SNI of a ClientHello (RFC 6066 §3), the authority of an HTTP request (RFC 9112 §3.2); lent
/// by the payload. Empty: it names none, or not within this payload. host_names.cc
std::string_view host_named_by_hello(std::span<const std::uint8_t> record) noexcept;
std::string_view host_named_by_request(std::string_view request) noexcept;

/// Whether a request of HTTP is of WebDAV by its method (RFC 4918, 3253, 5323); whether a DNS
/// message asks for a resolver's certificate of DNSCrypt (v2, "2.dnscrypt-cert..."), or for that of
/// Avast's resolvers. text_protocols.cc, name_protocols.cc
bool is_webdav(std::string_view request) noexcept;
bool is_dnscrypt(std::span<const std::uint8_t> message) noexcept;
bool is_avast_securedns(std::span<const std::uint8_t> message) noexcept;

/// Whose attributes a STUN message (RFC 8489 §14) carries. stun_attributes.cc
/// Without the length that may stand before it over TCP (RFC 4571).
std::span<const std::uint8_t> stun_message(std::span<const std::uint8_t> payload) noexcept;
enum class StunMaker : std::uint8_t { unknown, microsoft, whatsapp };
StunMaker maker_of_stun(std::span<const std::uint8_t> message) noexcept;
/// Whether it asks a server without credentials: its answer, or the next one, may name a realm.
bool is_anonymous_question(std::span<const std::uint8_t> message) noexcept;
/// The realm that a TURN server names (RFC 8489 §14.9), often a host; lent. Empty: none.
std::string_view realm_of_stun(std::span<const std::uint8_t> message) noexcept;
/// Whether it is a check between two peers (RFC 8445 §7), not a question to a server.
bool is_ice_check(std::span<const std::uint8_t> message) noexcept;

inline constexpr std::uint16_t kEthereumPort = 30303;

/// Recognisers look at one payload, never outside it, and have no memory but `hints`.
using Matches = bool (*)(Payload&) noexcept;

bool is_rtp(Payload&) noexcept;           // RFC 3550; rtp.cc
bool is_rtp_over_tcp(Payload&) noexcept;  // RFC 4571
bool is_mpeg_ts(Payload&) noexcept;       // ISO 13818-1 §2.4.3; rtp.cc
bool is_rtcp(Payload&) noexcept;          // RFC 3550 §6; rtp.cc
// text_protocols.cc
bool is_http(Payload&) noexcept;             // RFC 9112
bool is_http2(Payload&) noexcept;            // RFC 9113 §3.4
bool is_ssh(Payload&) noexcept;              // RFC 4253 §4.2
bool is_smtp(Payload&) noexcept;             // RFC 5321
bool is_ftp(Payload&) noexcept;              // RFC 959
bool is_pop3(Payload&) noexcept;             // RFC 1939
bool is_imap(Payload&) noexcept;             // RFC 9051
bool is_sip(Payload&) noexcept;              // RFC 3261
bool is_rtsp(Payload&) noexcept;             // RFC 2326, 7826
bool is_ssdp(Payload&) noexcept;             // UPnP Device Architecture 2.0 §1
bool is_syslog(Payload&) noexcept;           // RFC 3164, 5424
bool is_syslog_over_tcp(Payload&) noexcept;  // RFC 6587
bool is_rfb(Payload&) noexcept;              // RFC 6143 §7.1.1
bool is_redis(Payload&) noexcept;            // RESP
bool is_webdav(Payload&) noexcept;           // RFC 4918, 3253, 5323
bool is_nntp(Payload&) noexcept;             // RFC 3977
bool is_whois(Payload&) noexcept;            // RFC 3912
bool is_rsh(Payload&) noexcept;              // rcmd(3)
// name_protocols.cc
bool is_dns_udp(Payload&) noexcept;  // RFC 1035
bool is_dns_tcp(Payload&) noexcept;  // RFC 1035 §4.2.2
bool is_mdns(Payload&) noexcept;     // RFC 6762
bool is_netbios(Payload&) noexcept;  // RFC 1002
bool is_slp(Payload&) noexcept;      // RFC 2608, 2165
// management_protocols.cc
bool is_dhcp(Payload&) noexcept;      // RFC 2131
bool is_dhcpv6(Payload&) noexcept;    // RFC 8415
bool is_ntp(Payload&) noexcept;       // RFC 5905
bool is_snmp(Payload&) noexcept;      // RFC 1157, 3416, 3412
bool is_tftp(Payload&) noexcept;      // RFC 1350
bool is_radius(Payload&) noexcept;    // RFC 2865
bool is_ldap(Payload&) noexcept;      // RFC 4511
bool is_krb5_udp(Payload&) noexcept;  // RFC 4120
bool is_krb5_tcp(Payload&) noexcept;  // RFC 4120 §7.2.2
bool is_bgp(Payload&) noexcept;       // RFC 4271
bool is_z3950(Payload&) noexcept;     // ISO 23950
// secure_protocols.cc
bool is_tls(Payload&) noexcept;         // RFC 8446, 5246
bool is_tls_record(Payload&) noexcept;  // of a connection whose beginning was not seen
bool is_dtls(Payload&) noexcept;        // RFC 6347, 9147
bool is_quic(Payload&) noexcept;        // RFC 9000, 9369
bool is_ike(Payload&) noexcept;         // RFC 7296, 2408, 3948
bool is_wireguard(Payload&) noexcept;   // WireGuard whitepaper §5.4
bool is_openvpn_udp(Payload&) noexcept;
bool is_openvpn_tcp(Payload&) noexcept;
// industrial_protocols.cc
bool is_modbus(Payload&) noexcept;
bool is_umas(Payload&) noexcept;         // Schneider's function 90 of Modbus
bool is_mms(Payload&) noexcept;          // ISO 9506
bool is_sbus(Payload&) noexcept;         // SAIA Ether-S-Bus
bool is_profinet_io(Payload&) noexcept;  // IEC 61158 over DCE RPC
// tunnel_protocols.cc
bool is_kcp(Payload&) noexcept;
bool is_tinc(Payload&) noexcept;
bool is_weave(Payload&) noexcept;     // OpenWeave, of Nest's devices
bool is_ethereum(Payload&) noexcept;  // devp2p discv4
bool is_whatsapp(Payload&) noexcept;
// peer_protocols.cc
bool is_gnutella(Payload&) noexcept;            // Gnutella 0.6 §2.2.1
bool is_ethereum_handshake(Payload&) noexcept;  // devp2p RLPx, EIP-8
bool is_bfcp(Payload&) noexcept;                // RFC 8855
// binary_protocols.cc
bool is_smb(Payload&) noexcept;             // MS-SMB2 §2.1
bool is_rdp(Payload&) noexcept;             // MS-RDPBCGR §2.2.1.1
bool is_telnet(Payload&) noexcept;          // RFC 854
bool is_stun(Payload&) noexcept;            // RFC 8489
bool is_bittorrent_tcp(Payload&) noexcept;  // BEP 3
bool is_bittorrent_udp(Payload&) noexcept;  // BEP 15, 29
bool is_bittorrent_dht(Payload&) noexcept;  // BEP 5
bool is_mqtt(Payload&) noexcept;            // MQTT 3.1, 3.1.1, 5.0
bool is_socks(Payload&) noexcept;           // RFC 1928, SOCKS 4
bool is_mysql(Payload&) noexcept;
bool is_pgsql(Payload&) noexcept;

}  // namespace sekisho::engines::appid
