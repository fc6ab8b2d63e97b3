#include <catch2/catch.hpp>

#include "harness.h"

namespace sekisho::engines::ips::testing {

TEST_CASE("a pattern across the segments of a stream is found once") {
  Harness harness("alert tcp any any -> any any (flow:to_server; content:\"needle\"; sid:1;)\n");
  harness.use_tcp();
  CHECK(harness.stream("xxnee").empty());
  CHECK(harness.stream("dle") == Signatures{1});
  CHECK(harness.stream("yy").empty());
  CHECK(harness.stream("needle") == Signatures{1});
}

TEST_CASE("the parts of a stream rule may come in any segment") {
  Harness harness(
      "alert tcp any any -> any any (content:\"longest-pattern\"; content:\"tail\"; "
      "distance:0; sid:1;)\n");
  harness.use_tcp();
  CHECK(harness.stream("longest-pattern").empty());
  CHECK(harness.stream(" and its ").empty());
  CHECK(harness.stream("tail") == Signatures{1});
  CHECK(harness.stream("tail").empty());
}

TEST_CASE("a rule with depth looks at packets and at the stream, and speaks once of both") {
  Harness harness("alert tcp any any -> any any (content:\"GET\"; depth:3; sid:1;)\n");
  harness.use_tcp();
  CHECK(harness.stream("GET a") == Signatures{1});
  CHECK(harness.stream("xGET b").empty());
  CHECK(harness.stream("GET c") == Signatures{1});
}

TEST_CASE("dsize makes a rule one of packets") {
  Harness harness("alert tcp any any -> any any (dsize:4; content:\"ab\"; sid:1;)\n");
  harness.use_tcp();
  CHECK(harness.stream("a").empty());
  CHECK(harness.stream("bcde").empty());
  CHECK(harness.stream("xxab") == Signatures{1});
}

TEST_CASE("direction, ports and addresses of the header hold") {
  Harness harness(
      "alert udp 10.0.0.0/8 any -> any 80 (content:\"abc\"; sid:1;)\n"
      "alert udp any 80 -> 10.0.0.0/8 any (content:\"abc\"; sid:2;)\n"
      "alert udp any any -> any !80 (content:\"abc\"; sid:3;)\n"
      "alert udp 10.9.0.0/16 any -> any any (content:\"abc\"; sid:4;)\n"
      "alert udp 8.8.8.8 any <> 10.0.0.1 any (content:\"abc\"; sid:5;)\n"
      "alert udp any any -> any any (flow:to_client; content:\"abc\"; sid:6;)\n");
  CHECK(harness.datagram("abc") == Signatures{1, 5});
  CHECK(harness.datagram("abc", Direction::to_client) == Signatures{2, 3, 5, 6});
}

TEST_CASE("rules on addresses speak once of a flow and direction") {
  Harness harness(
      "alert ip [1.1.1.1,2.2.2.0/24,3.3.3.3,4.4.4.4,5.5.5.5,6.6.6.6,7.7.7.7,8.8.8.8,9.9.9.9] any "
      "-> any any (sid:1;)\n"
      "alert ip any any -> 8.8.8.8 any (sid:2;)\n");
  CHECK(harness.datagram("x") == Signatures{2});
  CHECK(harness.datagram("x").empty());
  CHECK(harness.datagram("x", Direction::to_client) == Signatures{1});
  CHECK(harness.datagram("x", Direction::to_client).empty());
}

TEST_CASE("pass comes first and silences the others of its packet") {
  Harness harness(
      "alert udp any any -> any any (content:\"abc\"; sid:1;)\n"
      "drop udp any any -> any any (content:\"abc\"; sid:2;)\n"
      "pass udp any any -> any any (content:\"pass\"; sid:3;)\n");
  CHECK(harness.datagram("abc") == Signatures{2, 1});
  CHECK(harness.datagram("abc pass").empty());
  CHECK(harness.datagram("abc") == Signatures{2, 1});
}

TEST_CASE("a pass in a stream lets the rest of the flow through") {
  Harness harness(
      "pass tcp any any -> any any (content:\"pass\"; sid:3;)\n"
      "alert tcp any any -> any any (content:\"abc\"; sid:1;)\n");
  harness.use_tcp();
  CHECK(harness.stream("abc") == Signatures{1});
  CHECK(harness.stream("pass").empty());
  CHECK(harness.stream("abc").empty());
}

TEST_CASE("a rule on a recognised protocol speaks once each direction when it is known there") {
  Harness harness("alert tcp any any -> any any (app-layer-protocol:http; sid:1;)\n");
  harness.use_tcp();
  CHECK(harness.datagram("").empty());
  harness.flow.protocol = Protocol::http1;
  harness.flow.protocol_news = 3;
  CHECK(harness.datagram("") == Signatures{1});
  CHECK(harness.datagram("").empty());
  CHECK(harness.datagram("", Direction::to_client) == Signatures{1});
  CHECK(harness.datagram("", Direction::to_client).empty());
}

TEST_CASE("flow.elephant asks for what its flow is told to be, by direction") {
  Harness harness(
      "alert udp any any -> any any (flow.elephant:toserver; sid:1;)\n"
      "alert udp any any -> any any (flow.elephant:either; sid:2;)\n"
      "alert udp any any -> any any (flow.elephant:both; sid:3;)\n");
  CHECK(harness.ruleset->wants_elephants());
  CHECK(harness.datagram("x").empty());
  harness.flow.elephant[1] = 1;
  CHECK(harness.datagram("x") == Signatures{2});
  harness.flow.elephant[0] = 1;
  CHECK(harness.datagram("x") == Signatures{1, 2, 3});
  CHECK_FALSE(Harness("alert udp any any -> any any (flow.pkts:either,3; sid:1;)")
                  .ruleset->wants_elephants());
}

}  // namespace sekisho::engines::ips::testing
