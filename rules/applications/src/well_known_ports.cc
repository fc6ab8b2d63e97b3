#include "rules/applications/well_known_ports.h"

#include <algorithm>
#include <array>

namespace sekisho::rules {
namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;

using Names = std::span<const std::string_view>;

struct Home {
  std::uint8_t ip_protocol;
  std::uint16_t port;
  Names protocols;
};

// Who is at home where several are.
// Calls fall back to TCP on the web's ports where UDP is closed (TURN, RFC 8656).
constexpr std::array<std::string_view, 10> kWeb{"http",     "http2", "webdav",    "soap", "grpc",
                                                "json-rpc", "hls",   "mpeg_dash", "ipp",  "stun"};
constexpr std::array<std::string_view, 4> kSecureWeb{"tls", "stun", "rtp", "rtcp"};
constexpr std::array<std::string_view, 10> kPrinting{
    "ipp", "http", "http2", "webdav", "soap", "grpc", "json-rpc", "hls", "mpeg_dash", "tls"};
constexpr std::array<std::string_view, 6> kQuic{"quic", "dtls", "stun",
                                                "rtp",  "rtcp", "avast_securedns"};
constexpr std::array<std::string_view, 2> kShell{"rsh", "syslog"},
    kNetbiosSession{"smb", "netbios"}, kSmtps{"tls", "smtp"}, kLdaps{"tls", "ldap"},
    kImaps{"tls", "imap"}, kPop3s{"tls", "pop3"}, kFtps{"tls", "ftp"}, kNntps{"tls", "nntp"},
    kDoq{"quic", "dtls"};
constexpr std::array<std::string_view, 1> kFtp{"ftp"}, kSsh{"ssh"}, kTelnet{"telnet"},
    kSmtp{"smtp"}, kWhois{"whois"}, kDns{"dns"}, kDhcp{"dhcp"}, kTftp{"tftp"}, kKerberos{"krb5"},
    kPop3{"pop3"}, kNntp{"nntp"}, kNtp{"ntp"}, kNetbios{"netbios"}, kImap{"imap"}, kSnmp{"snmp"},
    kBgp{"bgp"}, kLdap{"ldap"}, kTls{"tls"}, kSmb{"smb"}, kIke{"ike"}, kSyslog{"syslog"},
    kDhcpv6{"dhcpv6"}, kAfp{"afp"}, kRtsp{"rtsp"}, kRsync{"rsync"};

/// By port, then IP protocol. What begins in clear and turns to TLS (STARTTLS) is what it began as.
constexpr auto kHomes = std::to_array<Home>({
    {kTcp, 21, kFtp},
    {kTcp, 22, kSsh},
    {kTcp, 23, kTelnet},
    {kTcp, 25, kSmtp},
    {kTcp, 43, kWhois},
    {kTcp, 53, kDns},
    {kUdp, 53, kDns},
    {kUdp, 67, kDhcp},
    {kUdp, 68, kDhcp},
    {kUdp, 69, kTftp},
    {kTcp, 80, kWeb},
    {kTcp, 88, kKerberos},
    {kUdp, 88, kKerberos},
    {kTcp, 110, kPop3},
    {kTcp, 119, kNntp},
    {kUdp, 123, kNtp},
    {kUdp, 137, kNetbios},
    {kUdp, 138, kNetbios},
    {kTcp, 139, kNetbiosSession},
    {kTcp, 143, kImap},
    {kUdp, 161, kSnmp},
    {kUdp, 162, kSnmp},
    {kTcp, 179, kBgp},
    {kTcp, 389, kLdap},
    {kUdp, 389, kLdap},
    {kTcp, 443, kSecureWeb},
    {kUdp, 443, kQuic},
    {kTcp, 445, kSmb},
    {kTcp, 465, kSmtps},
    {kUdp, 500, kIke},
    {kTcp, 514, kShell},
    {kUdp, 514, kSyslog},
    {kUdp, 546, kDhcpv6},
    {kUdp, 547, kDhcpv6},
    {kTcp, 548, kAfp},
    {kTcp, 554, kRtsp},
    {kTcp, 563, kNntps},
    {kTcp, 587, kSmtp},
    {kTcp, 631, kPrinting},
    {kTcp, 636, kLdaps},
    {kTcp, 853, kTls},
    {kUdp, 853, kDoq},
    {kTcp, 873, kRsync},
    {kTcp, 990, kFtps},
    {kTcp, 993, kImaps},
    {kTcp, 995, kPop3s},
});

constexpr bool is_before(const Home& a, const Home& b) {
  return a.port != b.port ? a.port < b.port : a.ip_protocol < b.ip_protocol;
}
static_assert(std::is_sorted(kHomes.begin(), kHomes.end(), is_before));

}  // namespace

std::span<const std::string_view> protocols_at_home(std::uint8_t ip_protocol,
                                                    std::uint16_t port) noexcept {
  const Home wanted{ip_protocol, port, {}};
  const auto* const found = std::lower_bound(kHomes.begin(), kHomes.end(), wanted, is_before);
  const bool is_it =
      found != kHomes.end() && found->port == port && found->ip_protocol == ip_protocol;
  return is_it ? found->protocols : Names{};
}

bool is_foreign(const Application& application, std::uint8_t ip_protocol,
                std::uint16_t port) noexcept {
  const auto home = protocols_at_home(ip_protocol, port);
  return !home.empty() && can_carry(application) &&
         std::find(home.begin(), home.end(), application.name) == home.end();
}

}  // namespace sekisho::rules
