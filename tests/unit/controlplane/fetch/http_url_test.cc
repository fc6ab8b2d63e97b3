#include "controlplane/fetch/http_url.h"

#include <catch2/catch.hpp>

#include "controlplane/fetch/http_get.h"
#include "controlplane/fetch/reachable.h"

using namespace sekisho;
using namespace sekisho::controlplane;

TEST_CASE("A URL of a certificate is taken apart") {
  struct Case {
    const char *url, *host, *port, *target, *field;
  };
  const auto one = GENERATE(values<Case>({
      {"http://c.example/r.crl", "c.example", "80", "/r.crl", "c.example"},
      {"http://c.example", "c.example", "80", "/", "c.example"},
      {"http://c.example:8080/?a=b#c", "c.example", "8080", "/?a=b", "c.example:8080"},
      {"http://c.example?q", "c.example", "80", "/?q", "c.example"},
      {"http://192.0.2.1/x", "192.0.2.1", "80", "/x", "192.0.2.1"},
      {"http://[2001:db8::1]/x", "2001:db8::1", "80", "/x", "[2001:db8::1]"},
      {"http://[2001:db8::1]:8080/x", "2001:db8::1", "8080", "/x", "[2001:db8::1]:8080"},
  }));
  CAPTURE(one.url);
  auto url = parse_http_url(one.url);
  REQUIRE(url);
  CHECK(url->host == one.host);
  CHECK(url->port == one.port);
  CHECK(url->target == one.target);
  CHECK(url->host_field() == one.field);
}

TEST_CASE("What is no URL for this is refused") {
  const auto* const url =
      GENERATE(as<const char*>(), "", "https://c.example/", "ldap://c.example/", "HTTP//c.example",
               "http://", "http:///x", "http://user@c.example/", "http://c.example:22/",
               "http://c.example:6379/", "http://c.example/a b", "http://c.example/\r\nX: y",
               "http://c.example:80:80/", "http://[::1/x");
  CAPTURE(url);
  CHECK_FALSE(parse_http_url(url));
  CHECK_FALSE(parse_http_url("http://c.example/" + std::string(HttpUrl::kMaxBytes, 'a')));
}

TEST_CASE("Private addresses are reached, the machine itself and its link are not") {
  for (const auto* good : {"192.0.2.1", "10.92.8.6", "192.168.1.1", "172.16.0.1", "2001:db8::1",
                           "fd91::1", "64:ff9b::c000:201"}) {
    CAPTURE(good);
    CHECK(may_be_reached(*parse_ip_address(good)));
  }
  for (const auto* bad :
       {"127.0.0.1", "127.255.0.9", "0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1",
        "255.255.255.255", "::1", "::", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "fe80::1", "febf::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"}) {
    CAPTURE(bad);
    CHECK_FALSE(may_be_reached(*parse_ip_address(bad)));
  }
}

TEST_CASE("Nothing is fetched from the machine itself") {
  for (const auto* url : {"http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest"}) {
    CAPTURE(url);
    const auto got = fetch_by_http({.url = url, .most_bytes = 100});
    REQUIRE_FALSE(got);
    CHECK(got.error().message.find("is no address for this") != std::string::npos);
  }
}
