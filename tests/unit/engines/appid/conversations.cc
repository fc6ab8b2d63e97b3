#include "conversations.h"

namespace sekisho::tests {
namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;

Said client(std::string bytes) { return {true, std::move(bytes)}; }
Said server(std::string bytes) { return {false, std::move(bytes)}; }

Conversation tcp(std::string what, std::uint16_t port, std::vector<Said> said,
                 std::string_view application) {
  return {std::move(what), kTcp, 50000, port, std::move(said), application};
}
Conversation udp(std::string what, std::uint16_t port, std::vector<Said> said,
                 std::string_view application) {
  return {std::move(what), kUdp, 50000, port, std::move(said), application};
}
Conversation udp_between(std::string what, std::uint16_t client_port, std::uint16_t server_port,
                         std::vector<Said> said, std::string_view application) {
  return {std::move(what), kUdp, client_port, server_port, std::move(said), application};
}

std::string be16(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}
std::string be32(std::size_t value) { return be16(value >> 16) + be16(value & 0xffff); }

std::string dns_query(std::string_view flags = "01 00") {
  return hex("12 34") + hex(flags) + hex("00 01 00 00 00 00 00 00") +
         "\x03www\x07"
         "example" +
         hex("03") + "com" + hex("00 00 01 00 01");
}

std::string dhcp(char operation) {
  return operation + hex("01 06 00 39 03 f3 26") + zeros(20) + hex("02 00 00 00 00 01") +
         zeros(10 + 64 + 128) + hex("63 82 53 63 35 01 01 ff");
}

std::string netbios_query() {
  return hex("80 01 01 10 00 01 00 00 00 00 00 00 20") + "EKFDEBFECACACACACACACACACACACAAA" +
         hex("00 00 20 00 01");
}

std::string client_hello() {
  return hex("16 03 01 00 4f 01 00 00 4b 03 03") + std::string(32, 'r') + hex("00 00 02 13 01") +
         hex("01 00") + zeros(32);
}
std::string server_hello() {
  return hex("16 03 03 00 5a 02 00 00 56 03 03") + std::string(80, 'r');
}

std::string quic_initial(std::string_view version) {
  return hex("c3") + hex(version) + hex("08 01 02 03 04 05 06 07 08 00 00 44 9e") +
         std::string(1180, 'q');
}

std::string snmp_get(char version) {
  const auto pdu =
      hex("a0 19 02 01 01 02 01 00 02 01 00 30 0e 30 0c 06 08 2b 06 01 02 01 01 01 00 05 00");
  const auto rest = hex("02 01") + version + hex("04 06") + "public" + pdu;
  return hex("30") + static_cast<char>(rest.size()) + rest;
}

std::string radius_request() {
  const auto attributes = hex("01 06") + "anna" + hex("04 06 c0 00 02 01");
  return hex("01 07") + be16(20 + attributes.size()) + std::string(16, 'a') + attributes;
}

std::string ike_init() {
  return hex("11 22 33 44 55 66 77 88 00 00 00 00 00 00 00 00 21 20 22 08 00 00 00 00 00 00 00 "
             "2c") +
         std::string(16, 'k');
}

std::string kerberos_request() {
  return hex("6a 81 a0 30 81 9d a1 03 02 01 05 a2 03 02 01 0a") + std::string(147, 'k');
}

std::string mysql_greeting() {
  const std::string body =
      hex("0a") + "8.0.36" + zeros(1) + hex("08 00 00 00") + std::string(60, 's');
  return std::string(1, static_cast<char>(body.size())) + hex("00 00 00") + body;
}

std::string pgsql_startup() {
  const std::string body = hex("00 03 00 00") + "user" + zeros(1) + "anna" + zeros(2);
  return be32(body.size() + 4) + body;
}

void add_network_protocols(std::vector<Conversation>& all) {
  all.push_back(udp_between("DHCP discover", 68, 67, {client(dhcp(1))}, "dhcp"));
  all.push_back(udp_between("DHCP offer as a flow of its own", 67, 68, {client(dhcp(2))}, "dhcp"));
  all.push_back(udp_between("DHCP between relay and server", 67, 67, {client(dhcp(1))}, "dhcp"));
  all.push_back(udp_between("DHCPv6 solicit", 546, 547,
                            {client(hex("01 10 08 74 00 01 00 0e 00 01 00 01 1c 39 cf 88 08 00 27 "
                                        "fe 8f 95 00 08 00 02 00 00"))},
                            "dhcpv6"));
  all.push_back(udp_between(
      "DHCPv6 relay forward", 547, 547,
      {client(hex("0c 00") + std::string(32, 'a') + hex("00 09 00 02 01 02"))}, "dhcpv6"));
  all.push_back(udp("DNS query", 53, {client(dns_query())}, "dns"));
  all.push_back(udp("DNS on another port", 5300, {client(dns_query())}, "dns"));
  all.push_back(udp("DNS response picked up", 53, {server(dns_query("81 80"))}, "dns"));
  all.push_back(tcp("DNS over TCP", 53, {client(be16(dns_query().size()) + dns_query())}, "dns"));
  all.push_back(udp("LLMNR query", 5355, {client(dns_query("00 00"))}, "llmnr"));
  all.push_back(udp_between("mDNS query", 5353, 5353, {client(dns_query("00 00"))}, "mdns"));
  all.push_back(udp_between(
      "mDNS announcement", 5353, 5353,
      {client(hex("00 00 84 00 00 00 00 01 00 00 00 00 04") + "host" + hex("05") + "local" +
              hex("00 00 01 80 01 00 00 00 78 00 04 c0 "
                  "00 02 01"))},
      "mdns"));
  all.push_back(udp("NTP client", 123, {client(hex("23 00 06 20") + zeros(44))}, "ntp"));
  all.push_back(udp("NTP control query", 123, {client(hex("16 02 00 01") + zeros(8))}, "ntp"));
  all.push_back(udp_between("NetBIOS name query", 137, 137, {client(netbios_query())}, "netbios"));
  all.push_back(udp_between(
      "NetBIOS datagram", 138, 138,
      {client(hex("11 02 80 01 c0 00 02 01 00 8a 00 bb 00 00 20") + std::string(32, 'E'))},
      "netbios"));
  all.push_back(udp("SNMPv1", 161, {client(snmp_get(0))}, "snmp"));
  all.push_back(udp("SNMPv2c trap port", 162, {client(snmp_get(1))}, "snmp"));
  all.push_back(udp("SNMPv3", 161,
                    {client(hex("30 16 02 01 03 30 0f 02 02 4a 69 02 03 00 ff e3 04 01 04 02 01 03 "
                                "04 00"))},
                    "snmp"));
  all.push_back(
      udp("syslog", 514, {client("<34>Oct 11 22:14:15 host su: 'su root' failed")}, "syslog"));
  all.push_back(
      udp("syslog RFC 5424", 1514, {client("<165>1 2026-11-21T00:00:00Z h a - - -")}, "syslog"));
  all.push_back(udp("TFTP read request", 69,
                    {client(hex("00 01") + "boot.img" + zeros(1) + "octet" + zeros(1))}, "tftp"));
  all.push_back(udp("RADIUS access request", 1812, {client(radius_request())}, "radius"));
  all.push_back(
      udp("STUN binding", 3478,
          {client(hex("00 01 00 08 21 12 a4 42") + zeros(12) + hex("00 08 00 04 01 02 03 04"))},
          "stun"));
  all.push_back(
      tcp("LDAP bind", 389, {client(hex("30 0c 02 01 01 60 07 02 01 03 04 00 80 00"))}, "ldap"));
  all.push_back(udp("CLDAP search", 389,
                    {client(hex("30 25 02 01 01 63 20 04 00 0a 01 00 0a 01 00 02 01 00 02 01 00 01 "
                                "01 00 87 0b") +
                            "objectclass" + hex("30 00"))},
                    "ldap"));
  all.push_back(udp("Kerberos AS-REQ", 88, {client(kerberos_request())}, "krb5"));
  all.push_back(tcp("Kerberos over TCP", 88,
                    {client(be32(kerberos_request().size()) + kerberos_request())}, "krb5"));
  all.push_back(tcp(
      "BGP open", 179,
      {client(std::string(16, '\xff') + hex("00 1d 01 04 fd e9 00 b4 c0 00 02 01 00"))}, "bgp"));
  all.push_back(udp("SSDP search", 1900,
                    {client("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n")}, "ssdp"));
  all.push_back(
      udp("SSDP search of a media server's", 32412, {client("M-SEARCH * HTTP/1.1\r\n")}, "ssdp"));
  all.push_back(udp("SSDP answer", 1900, {server("HTTP/1.1 200 OK\r\n\r\n")}, "ssdp"));
}

void add_web_and_mail(std::vector<Conversation>& all) {
  all.push_back(tcp("HTTP request", 80, {client("GET / HTTP/1.1\r\nHost: a\r\n\r\n")}, "http"));
  all.push_back(tcp("HTTP on another port", 8081, {client("POST /x HTTP/1.0\r\n\r\n")}, "http"));
  all.push_back(tcp("HTTP request cut in its target", 80,
                    {client("GET /" + std::string(3000, 'a'))}, "http"));
  all.push_back(
      tcp("HTTP proxy request", 3128, {client("CONNECT a.example:443 HTTP/1.1\r\n\r\n")}, "http"));
  all.push_back(tcp("HTTP response picked up", 80, {server("HTTP/1.1 200 OK\r\n\r\n")}, "http"));
  all.push_back(tcp("HTTP/2 preface", 80, {client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")}, "http2"));
  all.push_back(tcp("TLS client hello", 443, {client(client_hello())}, "tls"));
  all.push_back(tcp("TLS on another port", 12345, {client(client_hello())}, "tls"));
  all.push_back(tcp("TLS server hello picked up", 443, {server(server_hello())}, "tls"));
  all.push_back(udp("QUIC version 1", 443, {client(quic_initial("00 00 00 01"))}, "quic"));
  all.push_back(udp("QUIC version 2", 8443, {client(quic_initial("6b 33 43 cf"))}, "quic"));
  all.push_back(udp("QUIC draft 29", 443, {client(quic_initial("ff 00 00 1d"))}, "quic"));
  all.push_back(udp("QUIC of mvfst", 443, {client(quic_initial("fa ce b0 02"))}, "quic"));
  all.push_back(udp("QUIC Q050", 443, {client(quic_initial("51 30 35 30"))}, "quic"));
  all.push_back(udp("QUIC version negotiation", 443,
                    {client(quic_initial("1a 2a 3a 4a")),
                     server(hex("80 00 00 00 00 00 08 01 02 03 04 05 06 07 08 00 00 00 01"))},
                    "quic"));
  all.push_back(udp("DTLS client hello", 4433,
                    {client(hex("16 fe fd 00 00 00 00 00 00 00 00 00 10 01 00 00 04 00 00 00 00 00 "
                                "00 00 04 fe fd 00 00"))},
                    "dtls"));
  all.push_back(tcp("SMTP greeting", 25, {server("220 mx.example ESMTP ready\r\n")}, "smtp"));
  all.push_back(tcp("SMTP greeting without the word", 2525,
                    {server("220 mx.example\r\n"), client("EHLO pc.example\r\n")}, "smtp"));
  all.push_back(tcp("POP3 greeting", 110, {server("+OK ready <1.2@pop.example>\r\n")}, "pop3"));
  all.push_back(
      tcp("IMAP greeting", 143, {server("* OK [CAPABILITY IMAP4rev1] ready\r\n")}, "imap"));
  all.push_back(tcp("IMAP client picked up", 143, {client("a001 LOGIN anna secret\r\n")}, "imap"));
}

void add_files_and_remote(std::vector<Conversation>& all) {
  all.push_back(tcp("FTP greeting", 21, {server("220 (vsFTPd 3.0.5)\r\n")}, "ftp"));
  all.push_back(tcp("FTP greeting without the word", 2121,
                    {server("220 Welcome\r\n"), client("USER anonymous\r\n")}, "ftp"));
  all.push_back(
      tcp("SMB2 negotiate", 445, {client(hex("00 00 00 6c fe 53 4d 42") + zeros(104))}, "smb"));
  all.push_back(
      tcp("SMB1 negotiate", 139, {client(hex("00 00 00 55 ff 53 4d 42") + zeros(81))}, "smb"));
  all.push_back(tcp("SSH banner of the server", 22, {server("SSH-2.0-OpenSSH_9.2p1\r\n")}, "ssh"));
  all.push_back(tcp("SSH on another port", 443, {client("SSH-2.0-PuTTY\r\n")}, "ssh"));
  all.push_back(
      tcp("RDP with a cookie", 3389,
          {client(hex("03 00 00 24 1f e0 00 00 00 00 00") + "Cookie: mstshash=anna\r\n" + "xx")},
          "rdp"));
  all.push_back(tcp("RDP negotiation on another port", 13389,
                    {client(hex("03 00 00 13 0e e0 00 00 00 00 00 01 00 08 00 03 00 00 00"))},
                    "rdp"));
  all.push_back(tcp("RDP confirm picked up", 3389,
                    {server(hex("03 00 00 13 0e d0 00 00 12 34 00 02 1f 08 00 02 00 00 00"))},
                    "rdp"));
  all.push_back(tcp("Telnet options", 23, {server(hex("ff fd 18 ff fd 20 ff fd 23"))}, "telnet"));
  all.push_back(tcp("VNC", 5900, {server("RFB 003.008\n")}, "rfb"));
}

void add_the_rest(std::vector<Conversation>& all) {
  all.push_back(udp("SIP invite", 5060,
                    {client("INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n")},
                    "sip"));
  all.push_back(tcp("SIP response", 5060, {server("SIP/2.0 100 Trying\r\n\r\n")}, "sip"));
  all.push_back(tcp("RTSP describe", 554,
                    {client("DESCRIBE rtsp://192.0.2.1/cam RTSP/1.0\r\nCSeq: 1\r\n\r\n")}, "rtsp"));
  all.push_back(
      tcp("RTSP options", 554, {client("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")}, "rtsp"));
  all.push_back(tcp("BitTorrent handshake", 51413,
                    {client(hex("13") + "BitTorrent protocol" + zeros(8) + std::string(40, 'h'))},
                    "bittorrent"));
  all.push_back(udp("uTP SYN", 51413,
                    {client(hex("41 00 5d 32 30 5b 26 8c 00 00 00 00 00 0f 00 00 00 01 00 00"))},
                    "bittorrent"));
  all.push_back(udp("UDP tracker", 6969,
                    {client(hex("00 00 04 17 27 10 19 80 00 00 00 00 aa bb cc dd"))},
                    "bittorrent"));
  all.push_back(udp("DHT ping", 6881,
                    {client("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe")},
                    "bittorrent-dht"));
  all.push_back(tcp("MQTT connect", 1883,
                    {client(hex("10 10 00 04") + "MQTT" + hex("04 02 00 3c 00 04") + "anna")},
                    "mqtt"));
  all.push_back(udp_between("IKEv2", 500, 500, {client(ike_init())}, "ike"));
  all.push_back(udp("IKEv2 behind NAT", 4500, {client(zeros(4) + ike_init())}, "ike"));
  all.push_back(udp("WireGuard initiation", 51820,
                    {client(hex("01 00 00 00") + std::string(144, 'w'))}, "wireguard"));
  all.push_back(
      udp("OpenVPN reset", 1194, {client(hex("38") + std::string(8, 's') + zeros(5))}, "openvpn"));
  all.push_back(
      udp("OpenVPN with tls-auth", 1194,
          {client(hex("38") + std::string(41, 's')), server(hex("40") + std::string(53, 's'))},
          "openvpn"));
  all.push_back(tcp("OpenVPN over TCP", 443,
                    {client(hex("00 0e 38") + std::string(8, 's') + zeros(5))}, "openvpn"));
  all.push_back(tcp("SOCKS 5", 1080, {client(hex("05 02 00 02")), server(hex("05 00"))}, "socks"));
  all.push_back(
      tcp("SOCKS 4", 1080, {client(hex("04 01 00 50 c0 00 02 01") + "anna" + zeros(1))}, "socks"));
  all.push_back(tcp("MySQL greeting", 3306, {server(mysql_greeting())}, "mysql"));
  all.push_back(tcp("PostgreSQL start-up", 5432, {client(pgsql_startup())}, "pgsql"));
  all.push_back(
      tcp("PostgreSQL asks for TLS", 5432, {client(hex("00 00 00 08 04 d2 16 2f"))}, "pgsql"));
  all.push_back(tcp("Redis command", 6379, {client("*1\r\n$4\r\nPING\r\n")}, "redis"));
}

}  // namespace

std::string hex(std::string_view digits) {
  std::string bytes;
  int high = -1;
  for (const char c : digits) {
    if (c == ' ') continue;
    const int value = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = value;
    } else {
      bytes += static_cast<char>(high << 4 | value);
      high = -1;
    }
  }
  return bytes;
}

std::string zeros(std::size_t count) { return std::string(count, '\0'); }

std::vector<Conversation> recognised_conversations() {
  std::vector<Conversation> all;
  add_network_protocols(all);
  add_web_and_mail(all);
  add_files_and_remote(all);
  add_the_rest(all);
  add_further_conversations(all);
  return all;
}

std::vector<Conversation> unknown_conversations() {
  auto misplaced_dhcp = dhcp(1);
  auto bad_cookie = dhcp(1);
  bad_cookie[236] = 'x';
  return {
      udp("DHCP on another port", 6767, {client(misplaced_dhcp)}, ""),
      udp_between("DHCP with another cookie", 68, 67, {client(bad_cookie)}, ""),
      udp_between("DHCPv6 with an option past the end", 546, 547,
                  {client(hex("01 10 08 74 00 01 00 0e 00"))}, ""),
      udp("NTP on another port", 1230, {client(hex("23 00 06 20") + zeros(44))}, ""),
      udp("DNS with two questions", 53,
          {client(hex("12 34 01 00 00 02 00 00 00 00 00 00 00 00 01 00 01"))}, ""),
      udp("DNS with a name without end", 53,
          {client(hex("12 34 01 00 00 01 00 00 00 00 00 00 3f") + "short")}, ""),
      udp("zeros on port 53", 53, {client(zeros(64))}, ""),
      tcp("DNS over TCP with a wrong length", 53, {client(be16(20) + dns_query())}, ""),
      tcp("a method without HTTP", 80, {client("GET / GOPHER\r\n")}, ""),
      tcp("HTTP request by the server", 80, {server("GET / HTTP/1.1\r\n\r\n")}, ""),
      tcp("a word that begins like a method", 80, {client("GETTING / HTTP/1.1\r\n")}, ""),
      tcp("TLS record of an impossible length", 443, {client(hex("16 03 01 ff ff 01 00 00 10"))},
          ""),
      udp("QUIC short header", 443, {client(hex("40") + std::string(60, 'q'))}, ""),
      udp("QUIC of an unknown version", 443, {client(quic_initial("12 34 56 78"))}, ""),
      udp("QUIC connection id too long", 443,
          {client(hex("c3 00 00 00 01 15") + std::string(60, 'q'))}, ""),
      udp("STUN without the cookie", 3478, {client(hex("00 01 00 00") + zeros(16))}, ""),
      tcp("SOCKS 5 offer alone", 1080, {client(hex("05 01 00"))}, ""),
      tcp("SOCKS 5 answer without an offer", 1080, {server(hex("05 00"))}, ""),
      tcp("+OK as an answer", 6379, {client("PING\r\n"), server("+OK\r\n")}, ""),
      tcp("greeting that is neither SMTP nor FTP", 25, {server("220 hello\r\n")}, ""),
      tcp("USER without a greeting", 21, {client("USER anna\r\n")}, ""),
      udp("OpenVPN server alone", 1194, {server(hex("40") + std::string(53, 's'))}, ""),
      udp("WireGuard of another length", 51820, {client(hex("01 00 00 00") + zeros(100))}, ""),
      udp("RADIUS with a cut attribute", 1812,
          {client(hex("01 07 00 17") + std::string(16, 'a') + hex("01 06 61"))}, ""),
      udp("syslog with an impossible priority", 514, {client("<192>hello world")}, ""),
      udp("SNMP of another length", 161, {client(snmp_get(1) + "x")}, ""),
      tcp("random bytes", 4000, {client(hex("9f 11 83 aa 00 b4 73 e2 55 01 9c"))}, ""),
      udp("random bytes", 4000, {client(hex("9f 11 83 aa 00 b4 73 e2 55 01 9c"))}, ""),
      tcp("one byte", 80, {client("G")}, ""),
      udp("one byte", 53, {client("G")}, ""),
  };
}

}  // namespace sekisho::tests
