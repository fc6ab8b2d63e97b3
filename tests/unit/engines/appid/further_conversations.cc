// Protocols beyond those that every network has.
#include "conversations.h"

namespace sekisho::tests {
namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;

Conversation tcp(std::string what, std::uint16_t port, std::vector<Said> said,
                 std::string_view application) {
  return {std::move(what), kTcp, 50000, port, std::move(said), application};
}
Conversation udp(std::string what, std::uint16_t port, std::vector<Said> said,
                 std::string_view application) {
  return {std::move(what), kUdp, 50000, port, std::move(said), application};
}
Said client(std::string bytes) { return {true, std::move(bytes)}; }
Said server(std::string bytes) { return {false, std::move(bytes)}; }

/// Wireshark's example of a telegram: the last two bytes are its CRC.
const char* const kSbusTelegram = "00 00 00 0d 01 00 00 01 00 0a 20 53 18";

std::string kcp_push(std::size_t bytes) {
  return hex("0a 00 00 00 51 00 80 00 14 00 00 00 00 00 00 00 00 00 00 00") +
         static_cast<char>(bytes) + zeros(3) + std::string(bytes, 'd');
}

std::string profinet(std::string_view interface_id) {
  return hex("04 00 20 00 00 00 00 00") + std::string(16, 'o') + hex(interface_id) + zeros(40);
}

std::string dns_text_query(std::string_view labels) {
  return hex("12 34 01 00 00 01 00 00 00 00 00 00") + hex(labels) + hex("00 00 10 00 01");
}

void add_industry(std::vector<Conversation>& all) {
  all.push_back(
      tcp("Modbus read", 502, {client(hex("00 d1 00 00 00 06 01 03 00 01 00 01"))}, "modbus"));
  all.push_back(
      tcp("Modbus exception", 502, {server(hex("00 d1 00 00 00 03 01 83 02"))}, "modbus"));
  all.push_back(tcp("UMAS", 502, {client(hex("00 00 00 00 00 04 00 5a 00 02"))}, "umas"));
  all.push_back(
      tcp("MMS after the transport is connected", 102,
          {client(hex("03 00 00 16 11 e0 00 00 07 78 00 c1 02 00 01 c2 02 00 01 c0 01 0d")),
           server(hex("03 00 00 11 02 f0 80 0e 89 05 06 28 ca 22 02 01 00"))},
          "mms"));
  all.push_back(udp("Ether-S-Bus", 5050, {client(hex(kSbusTelegram))}, "ether-s-bus"));
  all.push_back(udp("PROFINET in little-endian", 49161,
                    {client(profinet("01 00 a0 de 97 6c d1 11 82 71 00 a0 24 42 df 7d"))},
                    "profinet_io"));
  all.push_back(udp("PROFINET in big-endian", 34964,
                    {client(profinet("de a0 00 02 6c 97 11 d1 82 71 00 a0 24 42 df 7d"))},
                    "profinet_io"));
  all.push_back(tcp("Weave", 11095, {client(hex("1a 00 00 13 09 03 00 00") + std::string(20, 'w'))},
                    "nest_log_sink"));
}

void add_names_and_files(std::vector<Conversation>& all) {
  all.push_back(udp("SLP 2 request", 427,
                    {client(hex("02 01 00 00 18 20 00 00 00 00 00 01 00 02 65 6e") + zeros(8))},
                    "slp"));
  all.push_back(udp("SLP 1 request", 427, {client(hex("01 06 00 10") + zeros(12))}, "slp"));
  all.push_back(udp("DNSCrypt asks for a certificate", 443,
                    {client(dns_text_query("01 32 0d 64 6e 73 63 72 79 70 74 2d 63 65 72 74"))},
                    "dnscrypt"));
  all.push_back(udp("Avast's resolver is asked for one", 53,
                    {client(dns_text_query("01 32 09 73 65 63 75 72 65 64 6e 73"))},
                    "avast_securedns"));
  all.push_back(tcp("WHOIS", 43, {client("example.com\r\n")}, "whois"));
  all.push_back(
      tcp("NNTP greeting", 119, {server("200 Leafnode NNTP Daemon, version 1\r\n")}, "nntp"));
  all.push_back(tcp("NNTP client picked up", 119, {client("MODE READER\r\n")}, "nntp"));
  all.push_back(tcp("WebDAV", 80, {client("PROPFIND / HTTP/1.1\r\nDepth: 1\r\n\r\n")}, "webdav"));
  all.push_back(
      tcp("Z39.50", 210, {client(hex("b4 0d 83 02 00 e0 84 03 00 e9 a2 85 02 04 00"))}, "z3950"));
  all.push_back(tcp("rsh", 514,
                    {client("1020" + zeros(1)),
                     client("anna" + zeros(1) + "root" + zeros(1) + "ls -l" + zeros(1))},
                    "rsh"));
  all.push_back(
      tcp("syslog over TCP", 514, {client("<167>2016-05-24T09:50:52 ldap01 x")}, "syslog"));
}

void add_transports(std::vector<Conversation>& all) {
  all.push_back(udp("KCP push", 8000, {client(kcp_push(40))}, "kcp"));
  all.push_back(udp("KCP, two segments", 8000, {client(kcp_push(40) + kcp_push(7))}, "kcp"));
  all.push_back(tcp("tinc", 655, {client("0 alpha 17\n")}, "tinc"));
  all.push_back(tcp("tinc 1.1", 655, {client("0 alpha_2 17.7\n")}, "tinc"));
  all.push_back(udp("Ethereum ping", 30303,
                    {client(std::string(97, 's') + hex("01 c8") + std::string(8, 'l'))},
                    "ethereum"));
  all.push_back(udp(
      "RTCP", 5005,
      {client(hex("81 c9 00 07") + std::string(28, 'r') + hex("81 ca 00 01") + "cnam")}, "rtcp"));
  const auto ts_packet = hex("47 40 11 10") + std::string(184, 't');
  all.push_back(udp("MPEG-TS", 1234, {client(ts_packet + ts_packet)}, "mpeg_ts"));
  all.push_back(tcp("WhatsApp with routing", 5222,
                    {client(hex("45 44 00 01 00 00 02 08 05") + "WA" + hex("06 02"))}, "whatsapp"));
  all.push_back(
      udp("WireGuard data picked up", 51820,
          {client(hex("04 00 00 00 11 22 33 44 07 00 00 00 00 00 00 00") + std::string(64, 'w'))},
          "wireguard"));
  all.push_back(
      udp("OpenVPN with tls-crypt-v2", 1194,
          {client(hex("50") + std::string(52, 's')), server(hex("40") + std::string(53, 's'))},
          "openvpn"));
  all.push_back(udp("OpenVPN answer picked up", 1194,
                    {server(hex("40") + std::string(8, 's') + hex("01 00 00 00 00") +
                            std::string(8, 'c') + zeros(4))},
                    "openvpn"));
  all.push_back(tcp("TLS data picked up", 443,
                    {client(hex("17 03 03 00 20") + std::string(32, 'x'))}, "tls"));
  all.push_back(tcp("TLS data cut by the segment", 443,
                    {server(hex("17 03 03 0f e0") + std::string(1400, 'x'))}, "tls"));
  all.push_back(tcp("TLS alert picked up", 443, {client(hex("15 03 03 00 02 02 28"))}, "tls"));
  all.push_back(
      tcp("MQTT keeps alive", 17501, {client(hex("c0 00")), server(hex("d0 00"))}, "mqtt"));
  all.push_back(tcp("MQTT message picked up", 1883,
                    {server(hex("32 0d 00 04") + "room" + hex("00 02") + "21.50")}, "mqtt"));
  all.push_back(udp("QUIC Q039", 443,
                    {client(hex("0d") + "idididid" + "Q039" + hex("01") + std::string(40, 'q'))},
                    "quic"));
  all.push_back(
      udp("QUIC Q046", 443,
          {client(hex("c3") + "Q046" + hex("50") + "idididid" + zeros(4) + std::string(40, 'q'))},
          "quic"));
  all.push_back(tcp("STUN over TCP", 3478,
                    {client(hex("00 1c 00 01 00 08 21 12 a4 42") + std::string(12, 'i') +
                            hex("00 08 00 04 00 00 00 06"))},
                    "stun"));
}

/// Of Gnutella 0.6: `type`, then what follows the header.
std::string gnutella(std::string_view type, const std::string& rest) {
  const auto length = std::string(1, static_cast<char>(rest.size())) + zeros(3);
  return std::string(8, 'i') + hex("ff") + std::string(6, 'i') + zeros(1) + hex(type) +
         hex("01 00") + length + rest;
}

/// RLPx's first message, of `bytes` behind its length.
std::string ethereum_handshake(std::uint16_t bytes) {
  const char length[2] = {static_cast<char>(bytes >> 8), static_cast<char>(bytes & 0xff)};
  return std::string(length, 2) + hex("04") + std::string(bytes - 1U, 'e');
}

void add_peers(std::vector<Conversation>& all) {
  all.push_back(udp("Gnutella ping", 28681, {client(gnutella("00", ""))}, "gnutella"));
  all.push_back(udp("Gnutella ping with an extension", 28681,
                    {client(gnutella("00", hex("c3 83") + "SCPA" + hex("02")))}, "gnutella"));
  all.push_back(udp("Gnutella pong", 6346, {server(gnutella("01", zeros(14)))}, "gnutella"));
  all.push_back(tcp("Ethereum's handshake", 30303, {client(ethereum_handshake(420))}, "ethereum"));
  all.push_back(
      tcp("Ethereum's handshake answered", 30303, {server(ethereum_handshake(380))}, "ethereum"));
  const auto floor_request = hex("20 01 00 01 00 00 00 01 00 02 00 03 05 04 00 01");
  all.push_back(tcp("BFCP floor request", 5070, {client(floor_request)}, "bfcp"));
  all.push_back(
      udp("BFCP over datagrams", 5070, {client(hex("40 0b 00 00") + "confidus")}, "bfcp"));
  all.push_back(tcp("Raft's handshake", 9001,
                    {client(hex("01") + zeros(7) + hex("02") + zeros(7) + hex("10") + zeros(7) +
                            "10.1.2.3:9001" + zeros(3))},
                    "raft"));
  all.push_back(
      udp("Nintendo's Pia", 49152, {client(hex("32 ab 98 64 02 00") + zeros(34))}, "nintendo"));
  all.push_back(udp("Among Us hello", 22023, {client(hex("08 00 01 00 46 d2 02 03 05") + "alice")},
                    "among_us"));
}

}  // namespace

void add_further_conversations(std::vector<Conversation>& all) {
  add_industry(all);
  add_names_and_files(all);
  add_transports(all);
  add_peers(all);
}

std::vector<Conversation> further_unknown_conversations() {
  auto bad_crc = hex(kSbusTelegram);
  bad_crc.back() = 'x';
  auto bad_window = kcp_push(40);
  bad_window[6] = bad_window[7] = '\0';
  return {
      tcp("TLS record of a version that never was", 443,
          {client(hex("17 03 09 00 20") + std::string(32, 'x'))}, ""),
      tcp("TLS record of an unknown type", 443,
          {client(hex("19 03 03 00 20") + std::string(32, 'x'))}, ""),
      tcp("Modbus of another length", 502, {client(hex("00 d1 00 00 00 07 01 03 00 01 00 01"))},
          ""),
      tcp("Modbus of another protocol", 502, {client(hex("00 d1 00 01 00 06 01 03 00 01 00 01"))},
          ""),
      tcp("Modbus on another port", 5020, {client(hex("00 d1 00 00 00 06 01 03 00 01 00 01"))}, ""),
      udp("Ether-S-Bus with another checksum", 5051, {client(bad_crc)}, ""),
      udp("DCE RPC of another interface", 49161,
          {client(profinet("01 00 a0 de 97 6c d1 11 82 71 00 a0 24 42 df 00"))}, ""),
      tcp("Weave of another length", 11095,
          {client(hex("1b 00 00 13 09 03 00 00") + std::string(20, 'w'))}, ""),
      udp("SLP on another port", 4270, {client(hex("01 06 00 10") + zeros(12))}, ""),
      udp("SLP of another length", 427, {client(hex("01 06 00 11") + zeros(12))}, ""),
      udp("KCP without a window", 8000, {client(bad_window)}, ""),
      udp("KCP segment past the end", 8000, {client(kcp_push(40).substr(0, 50))}, ""),
      tcp("a line that begins with 0", 655, {client("0 alpha 18\n")}, ""),
      udp("Ethereum with bytes behind its list", 30303,
          {client(std::string(97, 's') + hex("01 c8") + std::string(9, 'l'))}, ""),
      udp("one packet of MPEG-TS", 1234, {client(hex("47 40 11 10") + std::string(184, 't'))}, ""),
      udp("RTCP report alone", 5005, {client(hex("81 c9 00 07") + std::string(28, 'r'))}, ""),
      tcp("ED without WA", 5222, {client(hex("45 44 00 01 00 00 02 08 05") + "AW" + hex("06 02"))},
          ""),
      udp("OpenVPN answer to another packet", 1194,
          {server(hex("40") + std::string(8, 's') + hex("01 00 00 00 01") + std::string(8, 'c') +
                  zeros(4))},
          ""),
      tcp("MQTT answer without a question", 17501, {server(hex("d0 00"))}, ""),
      tcp("MQTT topic with a wildcard", 1883,
          {server(hex("32 0d 00 04") + "ro+m" + hex("00 02") + "21.50")}, ""),
      tcp("rsh command without a port", 514,
          {client("anna" + zeros(1) + "root" + zeros(1) + "ls" + zeros(1))}, ""),
      tcp("WHOIS on another port", 4343, {client("example.com\r\n")}, ""),
      udp("Gnutella, not the datagram's end", 28681, {client(gnutella("00", "") + "x")}, ""),
      udp("Gnutella, no such type", 28681, {client(gnutella("77", ""))}, ""),
      udp("Gnutella, cut in its header", 28681, {client(gnutella("00", "").substr(0, 22))}, ""),
      tcp("Ethereum's handshake, not the segment's end", 30303,
          {client(ethereum_handshake(420) + "x")}, ""),
      tcp("Ethereum's handshake on another port", 9000, {client(ethereum_handshake(420))}, ""),
      tcp("Ethereum's handshake, too short for a key and a proof", 30303,
          {client(ethereum_handshake(100))}, ""),
      tcp("BFCP, more than it says", 5070, {client(hex("20 01 00 00") + "confidus" + "more")}, ""),
      tcp("BFCP, no such primitive", 5070, {client(hex("20 13 00 00") + "confidus")}, ""),
      tcp("a line of 200 that is not NNTP's", 119, {server("200 ready\r\n")}, ""),
  };
}

}  // namespace sekisho::tests
