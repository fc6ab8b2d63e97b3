#include "config/base/host_and_port.h"

#include <catch2/catch.hpp>

namespace sekisho {
namespace {

TEST_CASE("a host and its port are taken apart and put together again") {
  struct Row {
    std::string text, host, port;
  };
  const auto row = GENERATE(values<Row>({{"console.example:8443", "console.example", "8443"},
                                         {"192.0.2.1:1", "192.0.2.1", "1"},
                                         {"[2001:db8::1]:65535", "2001:db8::1", "65535"},
                                         {"a_b-c:80", "a_b-c", "80"}}));
  CAPTURE(row.text);
  const auto parsed = parse_host_and_port(row.text);
  REQUIRE(parsed);
  CHECK(parsed->host == row.host);
  CHECK(parsed->port == row.port);
  CHECK(parsed->text() == row.text);
}

TEST_CASE("what is no host with a port is refused by its text") {
  const std::string text =
      GENERATE("", ":", "a", "a:", ":1", "a:0", "a:65536", "a:-1", "a:1x", "a b:1", "2001:db8::1:1",
               "[a]:1", "[192.0.2.1]:1", "[]:1", "[2001:db8::1:1", "http://a:1", "a:1,b:1");
  const auto parsed = parse_host_and_port(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message == "'" + text + "' is not HOST:PORT");
  CHECK_FALSE(parse_host_and_port(std::string(254, 'a') + ":1"));
}

TEST_CASE("several hosts keep their order") {
  const auto hosts = parse_hosts_and_ports("b.example:8443, [2001:db8::1]:8443 ,a.example:1");
  REQUIRE(hosts);
  REQUIRE(hosts->size() == 3);
  CHECK((*hosts)[0].text() == "b.example:8443");
  CHECK((*hosts)[1].text() == "[2001:db8::1]:8443");
  CHECK((*hosts)[2].text() == "a.example:1");
}

TEST_CASE("a list of hosts is refused with what is wrong with it") {
  struct Row {
    std::string text, message;
  };
  const auto row = GENERATE(values<Row>({{"", "'' is not HOST:PORT"},
                                         {"a:1,", "'' is not HOST:PORT"},
                                         {"a:1;b:1", "'a:1;b:1' is not HOST:PORT"},
                                         {"a:1,b:1,a:1", "'a:1' is there twice"},
                                         {"a:1,b:1,c:1,d:1,e:1", "more than 4 of HOST:PORT"}}));
  CAPTURE(row.text);
  const auto hosts = parse_hosts_and_ports(row.text);
  REQUIRE_FALSE(hosts);
  CHECK(hosts.error().message == row.message);
}

}  // namespace
}  // namespace sekisho
