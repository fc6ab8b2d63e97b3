#pragma once

#include "engines/protocols/parser.h"

namespace sekisho::engines {

// one line a protocol, in alphabetical order
extern const ProtocolSpec kBittorrent;
extern const ProtocolSpec kBittorrentDht;
extern const ProtocolSpec kDhcp;
extern const ProtocolSpec kDnp3;
extern const ProtocolSpec kDcerpcTcp;
extern const ProtocolSpec kDcerpcUdp;
extern const ProtocolSpec kDnsTcp;
extern const ProtocolSpec kDnsUdp;
extern const ProtocolSpec kEnipTcp;
extern const ProtocolSpec kEnipUdp;
extern const ProtocolSpec kFtp;
extern const ProtocolSpec kFtpData;
extern const ProtocolSpec kHttp1;
extern const ProtocolSpec kHttp2;
extern const ProtocolSpec kIke;
extern const ProtocolSpec kImap;
extern const ProtocolSpec kKrb5Tcp;
extern const ProtocolSpec kKrb5Udp;
extern const ProtocolSpec kLdapTcp;
extern const ProtocolSpec kLdapUdp;
extern const ProtocolSpec kLlmnr;
extern const ProtocolSpec kMdns;
extern const ProtocolSpec kNfsTcp;
extern const ProtocolSpec kNfsUdp;
extern const ProtocolSpec kNtp;
extern const ProtocolSpec kPop3;
extern const ProtocolSpec kModbus;
extern const ProtocolSpec kMqtt;
extern const ProtocolSpec kMysql;
extern const ProtocolSpec kPgsql;
extern const ProtocolSpec kQuic;
extern const ProtocolSpec kRdp;
extern const ProtocolSpec kRfb;
extern const ProtocolSpec kSipTcp;
extern const ProtocolSpec kSipUdp;
extern const ProtocolSpec kSmb;
extern const ProtocolSpec kSmtp;
extern const ProtocolSpec kSnmp;
extern const ProtocolSpec kSsh;
extern const ProtocolSpec kTelnet;
extern const ProtocolSpec kTftp;
extern const ProtocolSpec kTls;
extern const ProtocolSpec kWebsocket;

}  // namespace sekisho::engines
