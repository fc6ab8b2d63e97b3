#include "rules/applications/catalogue.h"

#include <algorithm>
#include <array>

namespace sekisho::rules {
namespace {

using namespace application_id;

constexpr std::string_view kNetwork = "network_protocols_extensions";
constexpr std::string_view kWeb = "web";
constexpr std::string_view kMail = "mail";
constexpr std::string_view kFiles = "file_transfer";
constexpr std::string_view kRemote = "remote_access";
constexpr std::string_view kVoice = "voice_video";
constexpr std::string_view kPeers = "peer_to_peer";
constexpr std::string_view kThings = "internet_of_things";
constexpr std::string_view kTunnels = "vpn_proxy";
constexpr std::string_view kData = "database";

constexpr std::uint8_t kIcmp4 = 1, kIgmp2 = 2, kTcp = 6, kUdp = 17;

/// Only what engines/appid recognises by content is here. A port only where the protocol's own
/// definition keeps it there.
constexpr std::array kApplications{
    Application{kDhcp, "dhcp", "DHCP", "DHCP（アドレス自動割り当て）", kNetwork, kUdp, 67},
    Application{kDhcpv6, "dhcpv6", "DHCPv6", "DHCPv6（IPv6アドレス自動割り当て）", kNetwork, kUdp,
                547},
    Application{kDns, "dns", "DNS", "DNS（名前解決）", kNetwork, 0, 0},
    Application{kNtp, "ntp", "NTP", "NTP（時刻同期）", kNetwork, kUdp, 123},
    Application{kIcmp, "icmp", "ICMP", "ICMP（到達確認・エラー通知）", kNetwork, kIcmp4, 0},
    Application{kIcmpv6, "icmpv6", "ICMPv6", "ICMPv6（到達確認・近隣探索）", kNetwork, 58, 0},
    Application{kIgmp, "igmp", "IGMP", "IGMP（マルチキャスト参加）", kNetwork, kIgmp2, 0},
    Application{kMdns, "mdns", "mDNS", "mDNS（ローカル名前解決・機器探索）", kNetwork, kUdp, 5353},
    Application{kLlmnr, "llmnr", "LLMNR", "LLMNR（ローカル名前解決）", kNetwork, kUdp, 5355},
    Application{kSsdp, "ssdp", "SSDP", "SSDP（UPnP機器探索）", kNetwork, kUdp, 1900},
    Application{kNetbios, "netbios", "NetBIOS", "NetBIOS（Windows名前解決・データグラム）",
                kNetwork, kUdp, 0},
    Application{kSnmp, "snmp", "SNMP", "SNMP（機器監視）", kNetwork, kUdp, 0},
    Application{kSyslog, "syslog", "Syslog", "Syslog（ログ転送）", kNetwork, kUdp, 0},
    Application{kTftp, "tftp", "TFTP", "TFTP（簡易ファイル転送）", kNetwork, kUdp, 69},
    Application{kRadius, "radius", "RADIUS", "RADIUS（ネットワーク認証）", kNetwork, kUdp, 0},
    Application{kGre, "gre", "GRE", "GRE（トンネル）", kNetwork, 47, 0},
    Application{kEsp, "esp", "IPsec ESP", "IPsec ESP（暗号化ペイロード）", kNetwork, 50, 0},
    Application{kAh, "ah", "IPsec AH", "IPsec AH（認証ヘッダ）", kNetwork, 51, 0},
    Application{kOspf, "ospf", "OSPF", "OSPF（経路制御）", kNetwork, 89, 0},
    Application{kVrrp, "vrrp", "VRRP", "VRRP（ルータ冗長化）", kNetwork, 112, 0},
    Application{kPim, "pim", "PIM", "PIM（マルチキャスト経路制御）", kNetwork, 103, 0},
    Application{kStun, "stun", "STUN/TURN", "STUN/TURN（NAT越え）", kNetwork, 0, 0},
    Application{kLdap, "ldap", "LDAP", "LDAP（ディレクトリ）", kNetwork, 0, 0},
    Application{kKrb5, "krb5", "Kerberos", "Kerberos（認証）", kNetwork, 0, 0},
    Application{kBgp, "bgp", "BGP", "BGP（経路制御）", kNetwork, kTcp, 0},
    Application{kHttp, "http", "HTTP", "HTTP（ウェブ）", kWeb, kTcp, 0},
    Application{kHttp2, "http2", "HTTP/2", "HTTP/2（暗号化なし）", kWeb, kTcp, 0},
    Application{kTls, "tls", "TLS", "TLS（HTTPSなど暗号化通信）", kWeb, kTcp, 0},
    Application{kQuic, "quic", "QUIC", "QUIC（HTTP/3など）", kWeb, kUdp, 0},
    Application{kDtls, "dtls", "DTLS", "DTLS（UDP上の暗号化通信）", kWeb, kUdp, 0},
    Application{kSmtp, "smtp", "SMTP", "SMTP（メール送信）", kMail, kTcp, 0},
    Application{kPop3, "pop3", "POP3", "POP3（メール受信）", kMail, kTcp, 0},
    Application{kImap, "imap", "IMAP", "IMAP（メール受信）", kMail, kTcp, 0},
    Application{kFtp, "ftp", "FTP", "FTP（ファイル転送）", kFiles, kTcp, 0},
    Application{kSmb, "smb", "SMB", "SMB（Windowsファイル共有）", kFiles, kTcp, 0},
    Application{kSsh, "ssh", "SSH", "SSH（遠隔操作・SFTP）", kRemote, kTcp, 0},
    Application{kRdp, "rdp", "RDP", "RDP（リモートデスクトップ）", kRemote, kTcp, 0},
    Application{kTelnet, "telnet", "Telnet", "Telnet（遠隔操作）", kRemote, kTcp, 0},
    Application{kRfb, "rfb", "VNC (RFB)", "VNC（画面共有）", kRemote, kTcp, 0},
    Application{kSip, "sip", "SIP", "SIP（IP電話）", kVoice, 0, 0},
    Application{kRtsp, "rtsp", "RTSP", "RTSP（映像配信）", kVoice, kTcp, 0},
    Application{kBittorrent, "bittorrent", "BitTorrent", "BitTorrent（ファイル共有）", kPeers, 0,
                0},
    Application{kBittorrentDht, "bittorrent-dht", "BitTorrent DHT", "BitTorrent DHT（ノード探索）",
                kPeers, kUdp, 0},
    Application{kMqtt, "mqtt", "MQTT", "MQTT（IoTメッセージ）", kThings, kTcp, 0},
    Application{kIke, "ike", "IKE", "IKE（IPsec鍵交換）", kTunnels, kUdp, 0},
    Application{kOpenvpn, "openvpn", "OpenVPN", "OpenVPN", kTunnels, 0, 0},
    Application{kWireguard, "wireguard", "WireGuard", "WireGuard", kTunnels, kUdp, 0},
    Application{kSocks, "socks", "SOCKS", "SOCKS（プロキシ）", kTunnels, kTcp, 0},
    Application{kMysql, "mysql", "MySQL", "MySQL", kData, kTcp, 0},
    Application{kPgsql, "pgsql", "PostgreSQL", "PostgreSQL", kData, kTcp, 0},
    Application{kRedis, "redis", "Redis", "Redis", kData, kTcp, 0},
};

}  // namespace

std::span<const Application> applications() noexcept { return kApplications; }

const Application* find_application(std::string_view name) noexcept {
  const auto* const found =
      std::find_if(kApplications.begin(), kApplications.end(),
                   [&](const Application& application) { return application.name == name; });
  return found == kApplications.end() ? nullptr : found;
}

const Application* application(std::uint16_t id) noexcept {
  const auto* const found = std::lower_bound(
      kApplications.begin(), kApplications.end(), id,
      [](const Application& application, std::uint16_t wanted) { return application.id < wanted; });
  return found == kApplications.end() || found->id != id ? nullptr : found;
}

}  // namespace sekisho::rules
