#pragma once

#include "engines/protocols/parser.h"

namespace sekisho::engines {

// one line a protocol, in alphabetical order
extern const ProtocolSpec kDnsTcp;
extern const ProtocolSpec kDnsUdp;
extern const ProtocolSpec kHttp1;
extern const ProtocolSpec kHttp2;
extern const ProtocolSpec kLlmnr;
extern const ProtocolSpec kMdns;
extern const ProtocolSpec kQuic;
extern const ProtocolSpec kSmtp;
extern const ProtocolSpec kSsh;
extern const ProtocolSpec kTls;
extern const ProtocolSpec kWebsocket;

}  // namespace sekisho::engines
