#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "harness.h"

namespace sekisho::engines::ips::testing {
namespace {

using rules::Field;
using rules::RuleAction;
constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;

BodyView body_of(const std::string& text, std::size_t fresh, bool complete) {
  return {{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, 0, fresh, complete};
}

}  // namespace

TEST_CASE("what a rule looks at decides whether its verdict is about the packet or the flow") {
  struct Case {
    const char* rule;
    bool whole_flow;
  };
  const Case cases[] = {
      {"drop udp any any -> any any (sid:1;)", true},
      {"drop udp any any -> any 80 (sid:1;)", true},
      {"drop ip any any -> 8.8.8.8 any (sid:1;)", true},
      {"drop udp any any -> any any (content:\"abc\"; sid:1;)", false},
      {"drop udp any any -> any any (dsize:3; sid:1;)", false},
      {"drop dns any any -> any any (sid:1;)", true},
  };
  for (const auto& one : cases) {
    Harness harness(std::string(one.rule) + "\n");
    harness.flow.protocol = Protocol::dns;
    INFO(one.rule);
    REQUIRE(harness.datagram("abc") == Signatures{1});
    CHECK(harness.whole_flows == std::vector<bool>{one.whole_flow});
  }
}

TEST_CASE("a rule on a protocol alone speaks of every packet of its flows") {
  Harness harness("alert dns any any -> any any (flow:to_server; sid:1;)\n");
  CHECK(harness.datagram("a").empty());
  harness.flow.protocol = Protocol::dns;
  CHECK(harness.datagram("b") == Signatures{1});
  CHECK(harness.datagram("c") == Signatures{1});
  CHECK(harness.datagram("d", kClient).empty());
}

TEST_CASE("a pass that is found last silences what was found before in its packet") {
  Harness harness(
      "pass http any any -> any any (http.host; content:\"good.example\"; sid:1;)\n"
      "alert tcp any any -> any any (content:\"needle\"; sid:2;)\n");
  harness.use_tcp();
  harness.flow.protocol = Protocol::http1;
  const std::string bytes = "needle";
  harness.detector->begin_packet(harness.view);
  harness.detector->packet(&harness.flow, kServer, harness.view, harness);
  harness.detector->stream(harness.flow, kServer, body_of(bytes, bytes.size(), false), harness.view,
                           harness);
  FakeTransaction transaction;
  transaction.texts[Field::http_host] = {"good.example"};
  transaction.set_stage(kServer, 2);
  harness.detector->stage_reached(harness.flow, transaction, kServer, harness.view, harness);
  CHECK(harness.told().empty());
  harness.detector->ended(harness.flow, transaction);
}

TEST_CASE("the payload that no stream took is searched as the packet's") {
  Harness harness("alert tcp any any -> any any (content:\"needle\"; sid:1;)\n");
  harness.use_tcp();
  CHECK(harness.datagram("needle").empty());  // the stream will bring it
  harness.detector->end_packet(&harness.flow, kServer, harness.view, true, harness);
  CHECK(harness.told() == Signatures{1});
}

TEST_CASE("flow bits that a stream's rule sets are seen by rules on the same packet") {
  Harness harness(
      "alert tcp any any -> any any (content:\"needle\"; flowbits:set,seen; noalert; sid:1;)\n"
      "alert tcp any any -> any any (flowbits:isset,seen; dsize:6; sid:2;)\n");
  harness.use_tcp();
  const std::string bytes = "needle";
  harness.view.payload = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  harness.view.ip_protocol = 6;
  harness.detector->begin_packet(harness.view);
  harness.detector->packet(&harness.flow, kServer, harness.view, harness);
  harness.detector->stream(harness.flow, kServer, body_of(bytes, bytes.size(), false), harness.view,
                           harness);
  harness.detector->end_packet(&harness.flow, kServer, harness.view, false, harness);
  CHECK(harness.told() == Signatures{2});
}

TEST_CASE("what a body may still contradict is decided at its end") {
  Harness harness(
      "alert http any any -> any any (http.request_body; content:\"abc\"; content:!\"xyz\"; "
      "sid:1;)\n"
      "alert http any any -> any any (http.request_body; pcre:\"/abc$/\"; sid:2;)\n"
      "alert http any any -> any any (http.request_body; content:\"abc\"; sid:3;)\n");
  harness.use_tcp();
  harness.flow.protocol = Protocol::http1;
  harness.datagram("");
  FakeTransaction transaction;
  transaction.set_stage(kServer, 2);
  const std::string first = "abc", whole = "abc and xyz";
  CHECK(harness.body(transaction, Field::http_request_body, kServer, body_of(first, 3, false)) ==
        Signatures{3});
  CHECK(harness.body(transaction, Field::http_request_body, kServer, body_of(whole, 8, true))
            .empty());
  harness.detector->ended(harness.flow, transaction);

  FakeTransaction other(1);
  other.set_stage(kServer, 2);
  harness.body(other, Field::http_request_body, kServer, body_of(first, 3, false));
  CHECK(harness.body(other, Field::http_request_body, kServer, body_of(first, 0, true)) ==
        Signatures{1, 2});
  harness.detector->ended(harness.flow, other);
}

TEST_CASE("a rule's hook is the state from which it speaks of a transaction") {
  Harness harness(
      "drop tls:client_hello_done any any -> any any (sid:1;)\n"
      "alert tls:server_finished any any -> any any (sid:2;)\n");
  harness.use_tcp();
  harness.flow.protocol = Protocol::tls;
  harness.datagram("");
  FakeTransaction transaction;
  CHECK(harness.stage(transaction, kServer, 1) == Signatures{1});
  CHECK(harness.stage(transaction, kServer, kStageEnd).empty());
  CHECK(harness.stage(transaction, kClient, 1).empty());
  CHECK(harness.stage(transaction, kClient, kStageEnd) == Signatures{2});
  harness.detector->ended(harness.flow, transaction);
}

TEST_CASE("alerts say what pcre groups held and what a data set of JSON knows") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("ips_datasets_" + std::to_string(std::rand()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "hosts.json") << R"({"list":[{"host":"a.example","since":2005}]})";
  CompileOptions options;
  options.data_folders = {folder};
  Harness harness(
      "alert dns any any -> any any (dns.query; pcre:\"/^([a-z]+)/, alert:word\"; sid:1;)\n"
      "alert dns any any -> any any (dns.query; dataset:isset,hosts,type string,load hosts.json,"
      "format json,array_key list,value_key host,context_key found,remove_key; sid:2;)\n",
      options);
  if (!harness.rules.refused.empty()) FAIL(harness.rules.refused[0].message);
  harness.flow.protocol = Protocol::dns;
  FakeTransaction transaction;
  transaction.texts[Field::dns_query] = {"a.example"};
  CHECK(harness.stage(transaction, kServer, 1) == Signatures{1, 2});
  CHECK(harness.noted == std::vector<std::string>{"word=a", "found={\"since\":2005}"});
  harness.detector->ended(harness.flow, transaction);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a data set that is too large is refused with its rule before it is read") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("ips_datasets_" + std::to_string(std::rand()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "huge.lst") << "";
  std::filesystem::resize_file(folder / "huge.lst", std::uintmax_t{20} << 30);  // sparse
  CompileOptions options;
  options.data_folders = {folder};
  Harness harness(
      "alert dns any any -> any any (dns.query; dataset:isset,huge,load huge.lst; sid:1;)\n"
      "alert dns any any -> any any (dns.query; content:\"abcd\"; sid:2;)\n",
      options);
  std::filesystem::remove_all(folder);
  REQUIRE(harness.rules.refused.size() == 1);
  CHECK(harness.rules.refused[0].message == "huge.lst is larger than 64 MiB");
}

}  // namespace sekisho::engines::ips::testing
