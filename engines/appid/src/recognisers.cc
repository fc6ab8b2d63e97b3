#include "recognisers.h"

#include <cstdlib>
#include <span>

namespace sekisho::engines::appid {
namespace {

namespace id = rules::application_id;

struct Row {
  ApplicationId application;
  Matches matches;
};

constexpr Row kTcp[] = {
    {id::kTls, is_tls},
    {id::kHttp, is_http},
    {id::kHttp2, is_http2},
    {id::kSsh, is_ssh},
    {id::kSmtp, is_smtp},
    {id::kFtp, is_ftp},
    {id::kNntp, is_nntp},
    {id::kPop3, is_pop3},
    {id::kImap, is_imap},
    {id::kSmb, is_smb},
    {id::kRdp, is_rdp},
    {id::kBittorrent, is_bittorrent_tcp},
    {id::kRfb, is_rfb},
    {id::kSip, is_sip},
    {id::kRtsp, is_rtsp},
    {id::kStun, is_stun},
    {id::kMqtt, is_mqtt},
    {id::kBgp, is_bgp},
    {id::kKrb5, is_krb5_tcp},
    {id::kLdap, is_ldap},
    {id::kMysql, is_mysql},
    {id::kPgsql, is_pgsql},
    {id::kRedis, is_redis},
    {id::kDns, is_dns_tcp},
    {id::kOpenvpn, is_openvpn_tcp},
    {id::kTelnet, is_telnet},
    {id::kSocks, is_socks},
    {id::kUmas, is_umas},
    {id::kModbus, is_modbus},
    {id::kMms, is_mms},
    {id::kSlp, is_slp},
    {id::kTinc, is_tinc},
    {id::kWeave, is_weave},
    {id::kWhatsapp, is_whatsapp},
    {id::kZ3950, is_z3950},
    {id::kEthereum, is_ethereum_handshake},
    {id::kBfcp, is_bfcp},
    {id::kWhois, is_whois},
    {id::kRsh, is_rsh},
    {id::kSyslog, is_syslog_over_tcp},
    {id::kRtp, is_rtp_over_tcp},
    {id::kTls, is_tls_record},
};

constexpr Row kUdp[] = {
    {id::kMdns, is_mdns},
    {id::kLlmnr, is_dns_udp},
    {id::kNetbios, is_netbios},
    {id::kDns, is_dns_udp},
    {id::kQuic, is_quic},
    {id::kNtp, is_ntp},
    {id::kDhcp, is_dhcp},
    {id::kDhcpv6, is_dhcpv6},
    {id::kStun, is_stun},
    {id::kDtls, is_dtls},
    {id::kSip, is_sip},
    {id::kSsdp, is_ssdp},
    {id::kBittorrentDht, is_bittorrent_dht},
    {id::kBittorrent, is_bittorrent_udp},
    {id::kIke, is_ike},
    {id::kWireguard, is_wireguard},
    {id::kSnmp, is_snmp},
    {id::kKrb5, is_krb5_udp},
    {id::kLdap, is_ldap},
    {id::kRadius, is_radius},
    {id::kTftp, is_tftp},
    {id::kSyslog, is_syslog},
    {id::kOpenvpn, is_openvpn_udp},
    {id::kProfinetIo, is_profinet_io},
    {id::kSlp, is_slp},
    {id::kSbus, is_sbus},
    {id::kKcp, is_kcp},
    {id::kEthereum, is_ethereum},
    {id::kGnutella, is_gnutella},
    {id::kBfcp, is_bfcp},
    {id::kRtcp, is_rtcp},
    {id::kMpegTs, is_mpeg_ts},
    {id::kRtp, is_rtp},
};

std::vector<Recogniser> resolve(std::span<const Row> rows) {
  std::vector<Recogniser> recognisers;
  for (const auto& row : rows) {
    const auto* const application = rules::application(row.application);
    if (application == nullptr) std::abort();  // the tables here name only what the catalogue has
    recognisers.push_back({application, row.matches});
  }
  return recognisers;
}

}  // namespace

std::vector<Recogniser> tcp_recognisers() { return resolve(kTcp); }
std::vector<Recogniser> udp_recognisers() { return resolve(kUdp); }

ApplicationId id_called(std::string_view name) {
  const auto* const application = rules::find_application(name);
  if (application == nullptr) std::abort();
  return application->id;
}

ApplicationId application_of_protocol(std::uint8_t protocol) noexcept {
  switch (protocol) {
    case 1:
      return id::kIcmp;
    case 2:
      return id::kIgmp;
    case 47:
      return id::kGre;
    case 50:
      return id::kEsp;
    case 51:
      return id::kAh;
    case 58:
      return id::kIcmpv6;
    case 89:
      return id::kOspf;
    case 103:
      return id::kPim;
    case 88:
      return id::kEigrp;
    case 112:
      return id::kVrrp;
    case 113:
      return id::kPgm;
    case 132:
      return id::kSctp;
    default:
      return id::kNone;
  }
}

}  // namespace sekisho::engines::appid
