#include <array>

#include "specs.h"

namespace sekisho::engines {

/// Every protocol, in the order in which they are asked: those that one glance decides first.
std::span<const ProtocolSpec* const> all_protocols() noexcept {
  static constexpr std::array kProtocols{
      &kHttp1,      &kTls,       &kSsh,     &kHttp2,   &kWebsocket, &kQuic,    &kSmb,
      &kDcerpcTcp,  &kDcerpcUdp, &kLdapTcp, &kLdapUdp, &kKrb5Tcp,   &kKrb5Udp, &kSnmp,
      &kDnsUdp,     &kDnsTcp,    &kMdns,    &kLlmnr,   &kNfsTcp,    &kNfsUdp,  &kMqtt,
      &kPgsql,      &kMysql,     &kIke,     &kRdp,     &kRfb,       &kNtp,     &kDhcp,
      &kDnp3,       &kModbus,    &kEnipTcp, &kEnipUdp, &kSmtp,      &kFtp,     &kFtpData,
      &kPop3,       &kImap,      &kSipUdp,  &kSipTcp,  &kTelnet,    &kTftp,    &kBittorrentDht,
      &kBittorrent,
  };
  return kProtocols;
}

}  // namespace sekisho::engines
