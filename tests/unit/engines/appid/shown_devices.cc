#include "shown_patterns.h"

namespace sekisho::tests {
namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;

Said client(std::string bytes) { return {true, std::move(bytes)}; }
Said server(std::string bytes) { return {false, std::move(bytes)}; }

void add_industry(std::vector<Shown>& all) {
  const auto request = hex("50 00 00 ff ff 03 00 0c 00 10 00 01 04 00 00 64 00 00 a8 01 00");
  for (const auto protocol : {kTcp, kUdp})
    all.push_back({"slmp",
                   protocol,
                   5007,
                   {client(request), server(hex("d0 00 00 ff ff 03 00 04 00 00 00 2a 00"))},
                   {client(request), server(hex("d1 00 00 ff ff 03 00 04 00 00 00 2a 00"))}});
  all.push_back({"mewtocol",
                 kTcp,
                 9094,
                 {client("%01#RDD0010500107**\r"), server("%01$RD630044330A0062\r")},
                 {client("%01#RDD0010500107**\r"), server("%01!6106\r")}});
  all.push_back({"mewtocol",
                 kTcp,
                 9094,
                 {client("%01#WCSR00101**\r"), server("%01$WC14\r")},
                 {client("%01#XCSR00101**\r"), server("%01$XC14\r")}});
  all.push_back({"hsms",
                 kTcp,
                 5000,
                 {client(hex("00 00 00 0a ff ff 00 00 00 01 00 00 00 07")),
                  server(hex("00 00 00 0a ff ff 00 00 00 02 00 00 00 07"))},
                 {client(hex("00 00 00 0a ff ff 00 00 00 01 00 00 00 07")),
                  server(hex("00 00 00 0a ff ff 00 00 00 07 00 00 00 07"))}});
  const auto echonet = [](std::string_view header, std::string_view ends) {
    return hex(header) + hex(ends) + hex("62 01 80 00");
  };
  for (const auto* ends :
       {"0e f0 01 05 ff 01", "01 30 01 0e f0 01", "05 ff 01 01 30 01", "01 30 01 05 ff 01"})
    all.push_back({"echonet_lite",
                   kUdp,
                   3610,
                   {client(echonet("10 81 00 01", ends))},
                   {client(echonet("10 82 00 01", ends))}});
  all.push_back({"sacn",
                 kUdp,
                 5568,
                 {client(hex("00 10 00 00") + "ASC-E1.17" + zeros(3) + hex("72 6e"))},
                 {client(hex("00 10 00 00") + "ASC-E1.71" + zeros(3) + hex("72 6e"))}});
}

void add_lan_devices(std::vector<Shown>& all) {
  all.push_back({"lifx",
                 kUdp,
                 56700,
                 {client(hex("24 00 00 34 11 22 33 44") + zeros(8) + "LIFXV2" + zeros(8))},
                 {client(hex("24 00 00 34 11 22 33 44") + zeros(8) + "LIFYV2" + zeros(8))}});
  all.push_back({"ros",
                 kTcp,
                 40011,
                 {client(hex("b0 00 00 00 20 00 00 00") + "callerid=/rostopic" +
                         hex("27 00 00 00") + "md5sum=992ce8a1687cec8c8bd883ec73ca41d1")},
                 {client(hex("b0 00 00 00 20 00 00 00") + "callerid=/rostopic" +
                         hex("27 00 00 00") + "md4sum=992ce8a1687cec8c8bd883ec73ca41d1")}});
  const std::string probe =
      "<?xml version=\"1.0\"?><Envelope "
      "xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"";
  all.push_back({"wsd",
                 kUdp,
                 40000,
                 {client(probe + "/>")},
                 {client("<?xml version=\"1.0\"?><Envelope "
                         "xmlns:d=\"http://schemas.xmlsoap.org/ws/2006/04/discovery\"/>")}});
  for (const auto port : {std::uint16_t{40000}, std::uint16_t{3702}})
    for (const auto* camera : {" xmlns:n=\"http://www.onvif.org/ver10/network/wsdl\"/>",
                               ">onvif://www.onvif.org/type/a</Envelope>"})
      all.push_back({"onvif",
                     kUdp,
                     port,
                     {client(probe + camera)},
                     {client(probe + " xmlns:n=\"http://onvif.example/\"/>")}});
  all.push_back(
      {"hikvision",
       kUdp,
       37020,
       {client("<?xml version=\"1.0\"?><Probe><Uuid>1</Uuid><Types>inquiry</Types></Probe>")},
       {client("<?xml version=\"1.0\"?><Probe><Id>1</Id><Types>inquiry</Types></Probe>")}});
  all.push_back({"hikvision",
                 kUdp,
                 37020,
                 {server("<?xml version=\"1.0\"?><ProbeMatch><Uuid>1</Uuid></ProbeMatch>")},
                 {server("<?xml version=\"1.0\"?><ProbeMatch><Id>1</Id></ProbeMatch>")}});
}

void add_office(std::vector<Shown>& all) {
  const auto tacacs = [](std::string_view head) {
    return hex(head) + hex("11 22 33 44 00 00 00 1a") + std::string(26, 'x');
  };
  all.push_back({"tacacs",
                 kTcp,
                 49,
                 {client(tacacs("c0 01 01 00")), server(tacacs("c0 01 02 00"))},
                 {client(tacacs("c0 01 01 00")), server(tacacs("c0 01 03 00"))}});
  all.push_back({"jetdirect",
                 kTcp,
                 9100,
                 {client(zeros(4) + "\x1b%-12345X@PJL\r\n")},
                 {client(zeros(4) + "\x1b%-12354X@PJL\r\n")}});
  all.push_back({"jetdirect", kTcp, 9100, {client("%!PS-Adobe-3.0\n")}, {client("%!PS-3.0\n")}});
  all.push_back({"quake3",
                 kUdp,
                 27960,
                 {client(hex("ff ff ff ff") + "getstatus xxx")},
                 {client(hex("ff ff ff ff") + "getstatis xxx")}});
  all.push_back({"quake3",
                 kUdp,
                 27960,
                 {server(hex("ff ff ff ff") + "statusResponse\n\\g_x\\1")},
                 {server(hex("ff ff ff ff") + "statusReply\n\\g_x\\1")}});
}

void add_games(std::vector<Shown>& all) {
  all.push_back({"playstation",
                 kUdp,
                 987,
                 {client("SRCH * HTTP/1.1\ndevice-discovery-protocol-version:00020020\n")},
                 {client("SRCH * HTTP/1.1\ndevice-protocol-version:00020020\n")}});
  const auto handshake = [](std::string_view end) {
    return hex("10 00 f8 05 09") + "127.0.0.1" + hex(end);
  };
  all.push_back({"minecraft",
                 kTcp,
                 25565,
                 {client(handshake("63 dd 01") + hex("01 00")),
                  server(hex("60 00 5e") +
                         "{\"version\":{\"name\":\"1.19\",\"protocol\":760},\"players\":{\"max\":"
                         "20}}")},
                 {client(handshake("63 de 01")),
                  server(hex("60 00 5e") + "{\"version\":{\"name\":\"1.19\","
                                           "\"protocol\":760},\"players\":{\"max\":20}}")}});
  all.push_back(
      {"minecraft",
       kTcp,
       25565,
       {client(handshake("63 dd 02")),
        server(hex("a8 01 01 00 a2 01 30 81 9f 30 0d 06 09 2a 86 48 86 f7 0d 01 01 01 05 00"))},
       {client(handshake("63 dd 02")),
        server(hex("a8 01 01 00 a2 01 30 81 9f 30 0d 06 09 2a 86 48 86 f7 0d 01 01 02 05 00"))}});
}

void add_peers(std::vector<Shown>& all) {
  all.push_back({"direct_connect",
                 kTcp,
                 411,
                 {server("$Lock EXTENDEDPROTOCOLABC Pk=YnHub|")},
                 {server("$Luck EXTENDEDPROTOCOLABC Pk=YnHub|")}});
  all.push_back({"direct_connect",
                 kTcp,
                 412,
                 {client("$MyNick me|$Lock EXTENDEDPROTOCOLABC Pk=DC|")},
                 {client("$MyNick me|$Lock EXTENDED|")}});
  all.push_back({"direct_connect",
                 kTcp,
                 411,
                 {client("HSUP ADBASE ADTIGR\n")},
                 {client("HSUP ADBASS ADTIGR\n")}});
  all.push_back({"peercast",
                 kTcp,
                 7144,
                 {client("pcp\n" + hex("04 00 00 00 01 00 00 00") + "helo" + hex("04 00 00 80"))},
                 {client("pcp\n" + hex("04 00 00 00 01 00 00 00") + "hela" + hex("04 00 00 80"))}});
  all.push_back({"altcoin",
                 kTcp,
                 9333,
                 {client(hex("fb c0 b6 db") + "version" + zeros(5) + hex("66 00 00 00"))},
                 {client(hex("fb c0 b6 db") + "versing" + zeros(5) + hex("66 00 00 00"))}});
  all.push_back({"bittorrent",
                 kTcp,
                 51413,
                 {client(hex("00 00 00 1a 14 00") + "d1:md11:ut_metadatai1ee")},
                 {client(hex("00 00 00 1a 14 00") + "d1:md6:ut_pexi1ee")}});
  all.push_back({"bittorrent",
                 kUdp,
                 6771,
                 {client("BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\n")},
                 {client("BT-SORCH * HTTP/1.1\r\n")}});
}

void add_remote_and_printing(std::vector<Shown>& all) {
  all.push_back({"x11",
                 kTcp,
                 6000,
                 {client(hex("42 00 00 0b 00 00 00 12 00 10 00 00") + "MIT-MAGIC-COOKIE-1")},
                 {client(hex("42 00 00 0b 00 00 00 12 00 10 00 00") + "MIT-MAGIC-COOKIE-2")}});
  all.push_back({"x11",
                 kTcp,
                 6000,
                 {client(hex("6c 00 0b 00 00 00 00 00 00 00 00 00"))},
                 {client(hex("6c 00 0c 00 00 00 00 00 00 00 00 00"))}});
  all.push_back(
      {"l2tp",
       kUdp,
       1701,
       {client(hex("c8 02 00 6d 00 00 00 00 00 00 00 00 80 08 00 00 00 00 00 01 80 08"))},
       {client(hex("c8 02 00 6d 00 00 00 00 00 00 00 00 80 08 00 00 00 00 00 02 80 08"))}});
  all.push_back({"ipp",
                 kUdp,
                 631,
                 {client("1006 3 ipp://a.example:631/printers/p \"x\"")},
                 {client("1006 3 ftp://a.example/p")}});
  all.push_back({"epson",
                 kUdp,
                 3289,
                 {client("EPSONP" + hex("00 ff 00 00 00 00 00 00 00"))},
                 {client("EPSIMP" + hex("00 ff 00 00 00"))}});
}

}  // namespace

void add_shown_devices(std::vector<Shown>& all) {
  add_industry(all);
  add_lan_devices(all);
  add_office(all);
  add_games(all);
  add_peers(all);
  add_remote_and_printing(all);
}

}  // namespace sekisho::tests
