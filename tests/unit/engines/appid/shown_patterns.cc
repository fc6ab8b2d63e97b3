#include "shown_patterns.h"

namespace sekisho::tests {
namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;

Said client(std::string bytes) { return {true, std::move(bytes)}; }
Said server(std::string bytes) { return {false, std::move(bytes)}; }

Shown bind(std::string_view application, std::string_view interface) {
  auto other = std::string(interface);
  other[0] = other[0] == '0' ? '1' : '0';
  return {application, kTcp, 49155, {client(bind_of(interface))}, {client(bind_of(other))}};
}

void add_windows(std::vector<Shown>& all) {
  all.push_back(bind("wmi", "18 ad 09 f3 6a d8 d0 11 a0 75 00 c0 4f b6 88 20"));
  all.push_back(bind("wmi", "99 dc 56 95 8c 82 cf 11 a3 7e 00 aa 00 32 40 c7"));
  all.push_back(bind("windows_services", "81 bb 7a 36 44 98 f1 35 ad 32 98 f0 38 00 10 03"));
  all.push_back(bind("windows_tasks", "49 59 d3 86 c9 83 44 40 b4 24 db 36 32 31 fd 0c"));
  all.push_back(bind("directory_replication", "35 42 51 e3 06 4b d1 11 ab 04 00 c0 4f c2 dc d2"));
  all.push_back(bind("windows_accounts", "78 57 34 12 34 12 cd ab ef 00 01 23 45 67 89 ac"));
  all.push_back(bind("windows_accounts", "78 57 34 12 34 12 cd ab ef 00 01 23 45 67 89 ab"));
  all.push_back(bind("netlogon", "78 56 34 12 34 12 cd ab ef 00 01 23 45 67 cf fb"));
  all.push_back(bind("windows_printing", "78 56 34 12 34 12 cd ab ef 00 01 23 45 67 89 ab"));
  all.push_back(bind("exchange_mapi", "00 db f1 a4 47 ca 67 10 b3 1f 00 dd 01 06 62 da"));
  all.push_back(bind("opc_da", "4d 3a c1 39 1e 01 d0 11 96 75 00 20 af d8 ad b3"));
}

void add_text_protocols(std::vector<Shown>& all) {
  all.push_back({"ident",
                 kTcp,
                 4113,
                 {client("6193, 23\r\n"), server("6193, 23 : USERID : UNIX : u\r\n")},
                 {client("6193, 23\r\n"), server("6193, 23 : NOBODY : UNIX : u\r\n")}});
  all.push_back(
      {"ident", kTcp, 113, {server("6193,23:ERROR:NO-USER\r\n")}, {server("6193,23:EROR:\r\n")}});
  all.push_back({"dict",
                 kTcp,
                 2628,
                 {server("220 a.example dictd 1.12 <auth.mime> <1.2.3@a.example>\r\n")},
                 {server("220 a.example dictd 1.12 <size> <1.2.3@a.example>\r\n")}});
  all.push_back({"irc",
                 kTcp,
                 7000,
                 {server(":a.example NOTICE AUTH :*** Looking up your hostname\r\n")},
                 {server(":a.example NOTICE x :*** Looking up\r\n")}});
  all.push_back({"irc",
                 kTcp,
                 7000,
                 {server(":a.example 001 me :Welcome\r\n")},
                 {server(":a.example 01 me :Welcome\r\n")}});
  all.push_back(
      {"irc", kTcp, 7000, {client("CAP LS 302\r\nNICK me\r\n")}, {client("CAP LSX\r\n")}});
  all.push_back({"irc",
                 kTcp,
                 7000,
                 {client("PASS secret\r\nNICK me\r\n")},
                 {client("PASS secret\r\nNACK me\r\n")}});
  all.push_back({"xmpp",
                 kTcp,
                 5222,
                 {client("<?xml version=\"1.0\"?> <stream:stream to=\"a.example\" "
                         "xmlns:stream=\"http://etherx.jabber.org/streams\">")},
                 {client("<?xml version=\"1.0\"?> <stream:stream to=\"a.example\" "
                         "xmlns:stream=\"http://etherx.example/streams\">")}});
  all.push_back({"managesieve",
                 kTcp,
                 4190,
                 {server("\"Implementation\" \"Dovecot\"\r\n\"SIEVE\" \"fileinto\"\r\nOK\r\n")},
                 {server("\"Implementation\" \"Dovecot\"\r\n\"SASL\" \"PLAIN\"\r\nOK\r\n")}});
}

void add_greetings(std::vector<Shown>& all) {
  all.push_back({"odette",
                 kTcp,
                 3305,
                 {server(hex("10 00 00 17") + "IODETTE FTP READY \r")},
                 {server(hex("10 00 00 17") + "IODETTE FTP RESTS \r")}});
  all.push_back({"niconico",
                 kTcp,
                 2805,
                 {client("<thread thread=\"1\" version=\"20061206\" res_from=\"-50\"/>")},
                 {client("<thread thread=\"1\" version=\"20061206\" res_to=\"-50\"/>")}});
  all.push_back({"vmware",
                 kTcp,
                 902,
                 {server("220 VMware Authentication Daemon Version 1.10: SSL Required\r\n")},
                 {server("220 VMware Authentication Service\r\n")}});
  all.push_back({"weblogic_t3",
                 kTcp,
                 7001,
                 {client("t3 12.2.1\nAS:255\nHL:19\nMS:10000000\n\n")},
                 {client("t3 12.2.1\nAS:255\nLH:19\n\n")}});
  all.push_back({"zookeeper",
                 kTcp,
                 2181,
                 {client("ruok"), server("imok")},
                 {client("ruok"), server("imno")}});
  all.push_back({"zookeeper",
                 kTcp,
                 2181,
                 {client("srvr"), server("Zookeeper version: 3.8.0")},
                 {client("srvr"), server("Zoo version: 3.8.0")}});
  all.push_back({"zookeeper",
                 kTcp,
                 2181,
                 {client("mntr"), server("zk_version\t3.8.0")},
                 {client("mntr"), server("zk_versiom\t3")}});
}

void add_json(std::vector<Shown>& all) {
  all.push_back({"gelf",
                 kUdp,
                 12201,
                 {client("{\"version\": \"1.1\",\"host\":\"a\",\"short_message\":\"m\"}")},
                 {client("{\"version\": \"1.1\",\"host\":\"a\",\"message\":\"m\"}")}});
  all.push_back({"gelf",
                 kTcp,
                 12201,
                 {client("{\"host\":\"a\",\"short_message\":\"m\",\"version\":\"1.0\"}")},
                 {client("{\"host\":\"a\",\"short_message\":\"m\",\"version\":\"2.0\"}")}});
  all.push_back({"mining",
                 kTcp,
                 3333,
                 {client("{\"params\": [], \"id\": 1, \"method\" : \"mining.subscribe\"}")},
                 {client("{\"params\": [], \"id\": 1, \"method\" : \"mine.subscribe\"}")}});
  all.push_back(
      {"mining",
       kTcp,
       3333,
       {client("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"eth_submitLogin\",\"params\":[]}")},
       {client("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"eth_blockNumber\",\"params\":[]}")}});
  all.push_back(
      {"monero",
       kTcp,
       3333,
       {client("{\"id\":2,\"method\": "
               "\"login\",\"params\":{\"login\":\"x\",\"pass\":\"x\",\"agent\":\"m\"}}")},
       {client("{\"id\":2,\"method\": \"login\",\"params\":{\"login\":\"x\",\"pass\":\"x\"}}")}});
  all.push_back({"iperf3",
                 kTcp,
                 5201,
                 {client("{\"tcp\":true,\"omit\":0,\"client_version\":\"3.9\"}")},
                 {client("{\"tcp\":true,\"omit\":0,\"client_version\":\"2.9\"}")}});
  all.push_back({"dvrip",
                 kTcp,
                 34567,
                 {client(hex("ff 00 00 00 00 00 00 00 00 00 00 00 00 00 e8 03 30 00 00 00") +
                         "{ \"LoginType\" : \"DVRIP-Web\" }")},
                 {client(hex("ff 00 00 00 00 00 00 00 00 00 00 00 00 00 e8 03 30 00 00 00") +
                         "{ \"LoginType\" : \"Web\" }")}});
}

void add_storage(std::vector<Shown>& all) {
  const auto uid = [](std::string_view name) { return hex("10 00 00 15") + std::string(name); };
  const auto associate = hex("01 00 00 00 00 d0 00 01 00 00") + std::string(32, ' ') + zeros(32);
  all.push_back({"dicom",
                 kTcp,
                 11112,
                 {client(associate + uid("1.2.840.10008.3.1.1.1"))},
                 {client(associate + uid("1.2.840.10009.3.1.1.1"))}});
  const auto login = hex("43 87 00 00 00 00 01 00") + zeros(40);
  all.push_back({"iscsi",
                 kTcp,
                 3260,
                 {client(login + "InitiatorName=iqn.2001-04.com.example:a")},
                 {client(login + "InitiatorAlias=iqn.2001-04.com.example:a")}});
  all.push_back({"perforce",
                 kTcp,
                 1666,
                 {client(hex("28 28 00 00 00") + "api" + hex("00 02 00 00 00") + "99" + hex("00") +
                         "func" + hex("00 08 00 00 00") + "protocol" + hex("00"))},
                 {client(hex("28 28 00 00 00") + "api" + hex("00 02 00 00 00") + "99" + hex("00") +
                         "func" + hex("00 08 00 00 00") + "protocal" + hex("00"))}});
  all.push_back({"svn",
                 kTcp,
                 3690,
                 {server("( success ( 2 2 ( ) ( edit-pipeline svndiff1 ) ) ) ")},
                 {server("( failure ( 2 2 ( ) ( edit-pipeline ) ) ) ")}});
  all.push_back({"cassandra",
                 kTcp,
                 19042,
                 {client(hex("04 00 00 00 01 00 00 00 16 00 01 00 0b") + "CQL_VERSION" +
                         hex("00 05") + "3.0.0")},
                 {client(hex("04 00 00 00 01 00 00 00 16 00 01 00 0b") + "CQL_VERSIOM" +
                         hex("00 05") + "3.0.0")}});
}

void add_databases(std::vector<Shown>& all) {
  all.push_back({"mssql",
                 kUdp,
                 1434,
                 {client(hex("02")), server(hex("05 30 00") + "ServerName;DB;InstanceName;X;;")},
                 {client(hex("02")), server(hex("05 30 00") + "ServerNome;DB;;")}});
  all.push_back({"hadoop",
                 kTcp,
                 8020,
                 {client(zeros(7) + "2*org.apache.hadoop.hdfs.protocol.ClientProtocol")},
                 {client(zeros(7) + "2*org.apache.harboor.hdfs.protocol.ClientProtocol")}});
  all.push_back({"fluentd",
                 kTcp,
                 24224,
                 {server(hex("92 a4") + "HELO" + hex("83 a5") + "nonce" + hex("c4 10") +
                         std::string(16, 'n'))},
                 {server(hex("92 a4") + "HELO" + hex("83 a5") + "nance")}});
  all.push_back({"fluentd",
                 kTcp,
                 24224,
                 {client(hex("96 a4") + "PING" + hex("a1") + "h")},
                 {client(hex("96 a5") + "PING" + hex("a1") + "h")}});
  all.push_back({"beats",
                 kTcp,
                 5044,
                 {client("2W" + hex("00 00 00 0a") + "2C" + hex("00 00 01 00"))},
                 {client("2W" + hex("00 00 00 0a") + "2X" + hex("00 00 01 00"))}});
}

void add_middleware(std::vector<Shown>& all) {
  all.push_back({"sap_ni",
                 kTcp,
                 3299,
                 {client(hex("00 00 00 40") + "NI_ROUTE" + hex("00 02 27 02"))},
                 {client(hex("00 00 00 40") + "NI_ROAD" + hex("00 02 27 02"))}});
  all.push_back({"sap_ni",
                 kTcp,
                 3200,
                 {client(hex("00 00 00 08") + "NI_PING" + hex("00"))},
                 {client(hex("00 00 00 08") + "NI_PINC" + hex("00"))}});
  all.push_back({"sap_ni",
                 kTcp,
                 3600,
                 {client(hex("00 00 00 6e") + "**MESSAGE**" + hex("00 04"))},
                 {client(hex("00 00 00 6e") + "**MASSAGE**" + hex("00 04"))}});
  all.push_back({"ibm_mq",
                 kTcp,
                 1414,
                 {client("TSH " + hex("00 00 01 0c 01 01 31 00"))},
                 {client("TSH " + hex("00 00 01 0c 03 01 31 00"))}});
  all.push_back({"ibm_mq",
                 kTcp,
                 1414,
                 {client(hex("e3 e2 c8 40 00 00 01 0c 01 01 31 00"))},
                 {client(hex("e3 e2 c8 41 00 00 01 0c 01 01 31 00"))}});
  all.push_back({"sunrpc",
                 kUdp,
                 800,
                 {client(hex("11 22 33 44 00 00 00 00 00 00 00 02 00 01 86 b5 00 00 00 04"))},
                 {client(hex("11 22 33 44 00 00 00 00 00 00 00 02 00 01 87 b5 00 00 00 04"))}});
  all.push_back(
      {"sunrpc",
       kTcp,
       800,
       {client(hex("80 00 00 28 11 22 33 44 00 00 00 00 00 00 00 02 00 01 86 b8 00 00 00 01"))},
       {client(hex("80 00 00 28 11 22 33 44 00 00 00 00 00 00 00 03 00 01 86 b8 00 00 00 01"))}});
}

}  // namespace

std::string bind_of(std::string_view interface) {
  return hex("05 00 0b 03 10 00 00 00 48 00 00 00 01 00 00 00 b8 10 b8 10 00 00 00 00 01 00 00 00 "
             "00 00 01 00") +
         hex(interface) +
         hex("00 00 00 00 04 5d 88 8a eb 1c c9 11 9f e8 08 00 2b 10 48 60 02 00 00 00");
}

std::vector<Shown> shown_patterns() {
  std::vector<Shown> all;
  add_windows(all);
  add_text_protocols(all);
  add_greetings(all);
  add_json(all);
  add_storage(all);
  add_databases(all);
  add_middleware(all);
  add_shown_devices(all);
  return all;
}

}  // namespace sekisho::tests
