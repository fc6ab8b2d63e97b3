#include <stdlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "harness.h"
#include "mmdb_builder.h"

namespace sekisho::engines::ips::testing {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::string threshold(const std::string& what) {
  return "alert udp any any -> any any (content:\"abc\"; " + what + " sid:1;)\n";
}

/// How many of `packets` are spoken of, `step_ns` apart.
std::string spoken(Harness& harness, int packets, std::uint64_t step_ns) {
  std::string out;
  for (int i = 0; i < packets; ++i) {
    out += harness.datagram("abc").empty() ? '.' : 'x';
    harness.view.time_ns += step_ns;
  }
  return out;
}

}  // namespace

TEST_CASE("flowbits are set in one packet and asked for in the same or another") {
  Harness harness(
      "alert udp any any -> any any (content:\"both\"; flowbits:isset,seen; sid:2;)\n"
      "alert udp any any -> any any (content:\"first\"; flowbits:set,seen; flowbits:noalert; "
      "sid:1;)\n"
      "alert udp any any -> any any (content:\"both\"; flowbits:isnotset,seen; sid:3;)\n"
      "alert udp any any -> any any (content:\"clear\"; flowbits:unset,seen; sid:4;)\n");
  CHECK(harness.datagram("both") == Signatures{3});
  CHECK(harness.datagram("first and both") == Signatures{2});
  CHECK(harness.datagram("both") == Signatures{2});
  CHECK(harness.datagram("clear") == Signatures{4});
  CHECK(harness.datagram("both") == Signatures{3});
  harness.datagram("first");
  harness.new_flow();
  CHECK(harness.datagram("both") == Signatures{3});
  harness.detector->flow_ended(harness.flow);
  CHECK(harness.pool->used_bytes() == 0);
}

TEST_CASE("flowints count within a flow") {
  Harness harness(
      "alert udp any any -> any any (content:\"try\"; flowint:tries,notset; flowint:tries,=,1; "
      "noalert; sid:1;)\n"
      "alert udp any any -> any any (content:\"try\"; flowint:tries,isset; flowint:tries,+,1; "
      "noalert; sid:2;)\n"
      "alert udp any any -> any any (content:\"ask\"; flowint:tries,>,2; sid:3;)\n");
  harness.datagram("try");
  harness.datagram("ask");
  CHECK(harness.datagram("ask").empty());
  harness.datagram("try");
  harness.datagram("try");
  CHECK(harness.datagram("ask") == Signatures{3});
}

TEST_CASE("flowvar and pktvar find what groups of a pcre kept, of the flow and of the packet") {
  Harness harness(
      "alert udp any any -> any any (content:\"user=\"; pcre:\"/user=(\\w+)/, flow:user\"; "
      "noalert; sid:1;)\n"
      "alert udp any any -> any any (content:\"agent=\"; pcre:\"/agent=(?P<pkt_agent>\\w+)/\"; "
      "noalert; sid:2;)\n"
      "alert udp any any -> any any (content:\"ask\"; flowvar:user,\"root\"; sid:3;)\n"
      "alert udp any any -> any any (content:\"ask\"; pktvar:agent,\"curl\"; sid:4;)\n");
  CHECK(harness.datagram("ask").empty());
  harness.datagram("user=guest");
  CHECK(harness.datagram("ask").empty());
  CHECK(harness.datagram("user=toor ask").empty());
  CHECK(harness.datagram("user=xrooty ask") == Signatures{3});
  CHECK(harness.datagram("ask") == Signatures{3});
  CHECK(harness.datagram("agent=curl8 ask") == Signatures{3, 4});
  CHECK(harness.datagram("ask") == Signatures{3});
  harness.new_flow();
  CHECK(harness.datagram("ask").empty());
  harness.detector->flow_ended(harness.flow);
  CHECK(harness.pool->used_bytes() == 0);
}

TEST_CASE("a flow keeps so many values of variables, and counts what it could not") {
  Harness harness(
      "alert udp any any -> any any (content:\"v=\"; pcre:\"/v=(\\w+)/, flow:v\"; noalert; "
      "sid:1;)\n"
      "alert udp any any -> any any (content:\"ask\"; flowvar:v,\"first\"; sid:2;)\n");
  harness.datagram("v=first");
  for (int i = 0; i < 40; ++i) harness.datagram("v=" + std::string(200, 'x') + std::to_string(i));
  CHECK(harness.detector->counts().state_lost > 0);
  CHECK(harness.datagram("ask") == Signatures{2});
}

TEST_CASE("xbits tell of a host in other flows, until they expire") {
  Harness harness(
      "alert udp any any -> any any (content:\"mark\"; xbits:set,bad,track ip_src,expire 10; "
      "noalert; sid:1;)\n"
      "alert udp any any -> any any (content:\"ask\"; xbits:isset,bad,track ip_src; sid:2;)\n");
  CHECK(harness.datagram("ask").empty());
  harness.datagram("mark");
  harness.new_flow();
  CHECK(harness.datagram("ask") == Signatures{2});
  CHECK(harness.datagram("ask", Direction::to_client).empty());
  harness.view.time_ns += 11 * kSecond;
  CHECK(harness.datagram("ask").empty());
}

TEST_CASE("thresholds speak as often as their kind says") {
  struct Case {
    const char* options;
    const char* expected;
  };
  const Case cases[] = {
      {"threshold:type limit, track by_src, count 2, seconds 60;", "xx......"},
      {"threshold:type threshold, track by_src, count 3, seconds 60;", "..x..x.."},
      {"threshold:type both, track by_src, count 3, seconds 60;", "..x....."},
      {"detection_filter:track by_src, count 3, seconds 60;", "...xxxxx"},
      {"threshold:type limit, track by_src, count 1, seconds 3;", "x...x..."},
  };
  for (const auto& one : cases) {
    Harness harness(threshold(one.options));
    if (!harness.rules.refused.empty()) FAIL(harness.rules.refused[0].message);
    INFO(one.options);
    CHECK(spoken(harness, 8, kSecond) == one.expected);
  }
}

TEST_CASE("bytes of a stream count at the time of the packet that brought them") {
  Harness harness(
      "alert tcp any any -> any any (content:\"abc\"; threshold:type limit, track by_src, count 1, "
      "seconds 3; sid:1;)\n");
  harness.use_tcp();
  CHECK(harness.stream("abc") == Signatures{1});
  CHECK(harness.stream("abc").empty());
  harness.view.time_ns += 5 * kSecond;
  const std::string window = "abcabcabc";
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(window.data());
  harness.detector->stream(harness.flow, Direction::to_server,
                           {{bytes, window.size()}, 0, 3, false}, harness.view, harness);
  CHECK(harness.told() == Signatures{1});
}

TEST_CASE("over its limit a drop rule still drops, in silence") {
  Harness harness(
      "drop udp any any -> any any (content:\"abc\"; threshold:type limit, track by_src, count 1, "
      "seconds 60; sid:1;)\n");
  CHECK(harness.datagram("abc") == Signatures{1});
  harness.view.payload = {};
  harness.detector->begin_packet(harness.view);
  harness.detector->packet(nullptr, Direction::to_server, harness.view, harness);
  harness.detector->end_packet(nullptr, Direction::to_server, harness.view, true, harness);
  CHECK(harness.alerts.empty());
  CHECK(harness.datagram("abc").empty());
  CHECK(harness.detector->counts().alerts == 2);
}

TEST_CASE("costs are counted by rule") {
  Harness harness(threshold("") +
                  "alert udp any any -> any any (content:\"abc\"; dsize:>100; sid:2;)\n");
  harness.datagram("abc");
  harness.datagram("nothing");
  CHECK(harness.detector->cost(0).evaluations == 1);
  CHECK(harness.detector->cost(0).matches == 1);
  CHECK(harness.detector->cost(1).evaluations == 1);
  CHECK(harness.detector->cost(1).matches == 0);
}

namespace {

/// Two countries in the documentation's addresses.
rules::GeoDatabase countries() {
  sekisho::tests::MmdbBuilder v4(4, 24), v6(6, 24);
  v4.insert("192.0.2.0/24", "JP");
  v4.insert("198.51.100.0/24", "US");
  v6.insert("2001:db8:1::/48", "JP");
  std::string folder = (std::filesystem::temp_directory_path() / "ips-geo-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  std::ofstream(folder + "/4.mmdb", std::ios::binary) << v4.build();
  std::ofstream(folder + "/6.mmdb", std::ios::binary) << v6.build();
  auto opened = rules::GeoDatabase::open(folder);
  REQUIRE(opened);
  std::filesystem::remove_all(folder);
  return *std::move(opened);
}

}  // namespace

TEST_CASE("geoip asks for the countries of both ends, or of one") {
  struct Case {
    std::string client, server;
    Signatures told;
  };
  const auto [client, server, told] = GENERATE(values<Case>({
      {"192.0.2.0", "203.0.113.1", {1, 2}},
      {"192.0.2.255", "198.51.100.7", {1, 2, 4}},
      {"198.51.100.1", "192.0.2.1", {1, 3, 5}},
      {"203.0.113.1", "192.0.3.0", {}},
      {"192.0.1.255", "198.51.101.0", {}},
      {"2001:db8:1::1", "2001:db8:2::", {1, 2}},
  }));
  CAPTURE(client, server);
  const auto geo = countries();
  CompileOptions options;
  options.geo = &geo;
  Harness harness(
      "alert udp any any -> any any (content:\"abc\"; geoip:any,JP; sid:1;)\n"
      "alert udp any any -> any any (content:\"abc\"; geoip:src,JP,KP; sid:2;)\n"
      "alert udp any any -> any any (content:\"abc\"; geoip:dst,jp; sid:3;)\n"
      "alert udp any any -> any any (content:\"abc\"; geoip:dst,!JP; sid:4;)\n"
      "alert udp any any -> any any (content:\"abc\"; geoip:src,!JP,!KP; sid:5;)\n",
      options);
  harness.flow.client = *parse_ip_address(client);
  harness.flow.server = *parse_ip_address(server);
  auto found = harness.datagram("abc");
  std::sort(found.begin(), found.end());
  CHECK(found == told);
}

}  // namespace sekisho::engines::ips::testing
