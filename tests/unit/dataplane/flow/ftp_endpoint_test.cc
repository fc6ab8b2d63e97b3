#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "dataplane/flow/expectations.h"

namespace sekisho::dataplane {
namespace {

const IpAddress kClient = IpAddress::from_v4(0xc0a80105);  // 192.168.1.5
const IpAddress kServer = IpAddress::from_v4(0xcb007107);  // 203.0.113.7

IpAddress v6(std::uint8_t last) {
  IpAddress address;
  address.bytes = {0x20, 0x01, 0x0d, 0xb8};
  address.bytes[15] = last;
  return address;
}

std::optional<DataEndpoint> parse(std::string_view text, bool to_server,
                                  const IpAddress& client = kClient,
                                  const IpAddress& server = kServer) {
  return parse_ftp_endpoint({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
                            to_server, client, server);
}

TEST_CASE("a client's PORT or EPRT announces where it listens") {
  for (const std::string_view text :
       {"PORT 192,168,1,5,19,137\r\n", "port 192,168,1,5,19,137\r\n",
        "PoRt 192,168,1,5,019,137\r\n", "EPRT |1|192.168.1.5|5001|\r\n",
        "eprt !1!192.168.1.5!5001!\r\n"}) {
    CAPTURE(text);
    const auto endpoint = parse(text, true);
    REQUIRE(endpoint);
    CHECK(endpoint->address == kClient);
    CHECK(endpoint->port == 5001);
  }
  for (const std::string_view text :
       {"EPRT |2|2001:db8::5|5001|\r\n", "EPRT |2|2001:0DB8:0:0:0:0:0:5|5001|\r\n"}) {
    CAPTURE(text);
    const auto endpoint = parse(text, true, v6(5), v6(7));
    REQUIRE(endpoint);
    CHECK(endpoint->address == v6(5));
    CHECK(endpoint->port == 5001);
  }
}

TEST_CASE("a server's 227 or 229 announces where it listens") {
  for (const std::string_view text :
       {"227 Entering Passive Mode (203,0,113,7,19,137).\r\n",
        "227 Entering Passive Mode (203,0,113,7,19,137)\r\n",
        "227 Entering Passive Mode. 203,0,113,7,19,137\r\n", "227 =203,0,113,7,19,137\r\n",
        "227 203,0,113,7,19,137\r\n", "229 Entering Extended Passive Mode (|||5001|)\r\n",
        "229 ok (!!!5001!)\r\n", "229 (|||5001|) listening\r\n",
        "200 Type set to I\r\n227 Entering Passive Mode (203,0,113,7,19,137)\r\n150 go\r\n"}) {
    CAPTURE(text);
    const auto endpoint = parse(text, false);
    REQUIRE(endpoint);
    CHECK(endpoint->address == kServer);
    CHECK(endpoint->port == 5001);
  }
  CHECK(parse("229 Entering Extended Passive Mode (|||5001|)\r\n", false, v6(5), v6(7))->address ==
        v6(7));
}

TEST_CASE("an address that is not the sender's own is the bounce attack and announces nothing") {
  CHECK_FALSE(parse("PORT 203,0,113,7,19,137\r\n", true));
  CHECK_FALSE(parse("PORT 10,0,0,1,19,137\r\n", true));
  CHECK_FALSE(parse("EPRT |1|10.0.0.1|5001|\r\n", true));
  CHECK_FALSE(parse("EPRT |2|2001:db8::6|5001|\r\n", true, v6(5), v6(7)));
  CHECK_FALSE(parse("EPRT |2|::ffff:192.168.1.5|5001|\r\n", true));
  CHECK_FALSE(parse("227 Entering Passive Mode (10,0,0,1,19,137)\r\n", false));
  CHECK_FALSE(parse("227 Entering Passive Mode (192,168,1,5,19,137)\r\n", false));
}

TEST_CASE("what is not exactly a command or reply announces nothing") {
  const std::string_view commands[] = {
      "",
      "\r\n",
      "PORT",
      "PORT \r\n",
      "PORT\r\n",
      "PORT192,168,1,5,19,137\r\n",
      "PORT 192,168,1,5,19,137",  // not ended: it may go on
      "PORT 192,168,1,5,19,137\n",
      "PORT 192,168,1,5,19,137 \r\n",
      " PORT 192,168,1,5,19,137\r\n",
      "PORT  192,168,1,5,19,137\r\n",
      "PORT 192,168,1,5,19\r\n",
      "PORT 192,168,1,5,19,137,1\r\n",
      "PORT 192,168,1,5,19,256\r\n",
      "PORT 448,168,1,5,19,137\r\n",
      "PORT 192,168,1,5,19,0137\r\n",
      "PORT -192,168,1,5,19,137\r\n",
      "PORT 192,168,1,5,,137\r\n",
      "PORT 192.168.1.5.19.137\r\n",
      "PORT 192,168,1,5,3,255\r\n",  // 1023
      "PORT 192,168,1,5,0,0\r\n",
      "NOOP\r\nPORT 192,168,1,5,19,137\r\n",  // behind another line, as in a posted form
      "PORT 192,168,1,5,19,137\r\nQUIT\r\n",
      "XPORT 192,168,1,5,19,137\r\n",
      "EPRT |3|192.168.1.5|5001|\r\n",
      "EPRT |0|192.168.1.5|5001|\r\n",
      "EPRT ||192.168.1.5|5001|\r\n",
      "EPRT |1|192.168.1.5|5001\r\n",
      "EPRT |1|192.168.1.5|5001|x\r\n",
      "EPRT |1|192.168.1.5|65536|\r\n",
      "EPRT |1|192.168.1.5|005001|\r\n",
      "EPRT |1|192.168.1.5||\r\n",
      "EPRT |1|192.168.1|5001|\r\n",
      "EPRT |1|192.168.1.5!5001|\r\n",
      "EPRT 111192.168.1.515001\r\n",
      "EPRT |11|192.168.1.5|5001|\r\n",
      "EPRT |2|192.168.1.5|5001|\r\n",
      "EPRT |1|2001:db8::5|5001|\r\n",
      "EPRT |2|0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000|5001|\r\n",
      "227 Entering Passive Mode (192,168,1,5,19,137)\r\n"};
  for (const std::string_view text : commands) {
    CAPTURE(text);
    CHECK_FALSE(parse(text, true));
  }
  const std::string_view replies[] = {"227 Entering Passive Mode (203,0,113,7,19,137)",
                                      "227-Entering (203,0,113,7,19,137)\r\n",
                                      "227Entering (203,0,113,7,19,137)\r\n",
                                      "228 Entering (203,0,113,7,19,137)\r\n",
                                      " 227 Entering (203,0,113,7,19,137)\r\n",
                                      "257 \"227 (203,0,113,7,19,137)\"\r\n",
                                      "227 Entering (203,0,113,7,19)\r\n",
                                      "227 Entering (203,0,113,7,19,137,1)\r\n",
                                      "227 Entering (203,0,113,7,19,1370)\r\n",
                                      "227 in mode 2 (203,0,113,7,19,137)\r\n",
                                      "227 \r\n",
                                      "229 Entering (|||80|)\r\n",
                                      "229 Entering (|||65536|)\r\n",
                                      "229 Entering (|||)\r\n",
                                      "229 Entering (||5001|)\r\n",
                                      "229 Entering (||||5001|)\r\n",
                                      "229 Entering (|||5001)\r\n",
                                      "229 Entering (|1|203.0.113.7|5001|)\r\n",
                                      "229 Entering |||5001|\r\n",
                                      "229 (\r\n",
                                      "PORT 203,0,113,7,19,137\r\n"};
  for (const std::string_view text : replies) {
    CAPTURE(text);
    CHECK_FALSE(parse(text, false));
  }
}

TEST_CASE("every port and every value of a host-port list is read as written") {
  for (std::uint32_t port = 1024; port <= 65535; port += 7) {
    const std::string list =
        "192,168,1,5," + std::to_string(port / 256) + "," + std::to_string(port % 256);
    const auto endpoint = parse("PORT " + list + "\r\n", true);
    REQUIRE(endpoint);
    REQUIRE(endpoint->port == port);
    const auto extended = parse("EPRT |1|192.168.1.5|" + std::to_string(port) + "|\r\n", true);
    REQUIRE(extended);
    REQUIRE(extended->port == port);
  }
}

TEST_CASE("only so many lines of a reply are looked at") {
  std::string lines;
  for (int i = 0; i < 31; ++i) lines += "220 hello\r\n";
  const std::string passive = "227 =203,0,113,7,19,137\r\n";
  CHECK(parse(lines + passive, false));
  CHECK_FALSE(parse(lines + "220 hello\r\n" + passive, false));
}

}  // namespace
}  // namespace sekisho::dataplane
