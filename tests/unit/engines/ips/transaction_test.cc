#include <catch2/catch.hpp>

#include "harness.h"

namespace sekisho::engines::ips::testing {
namespace {

using rules::Field;
constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;

BodyView grown(const std::string& text, std::size_t fresh, bool complete) {
  return {{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, 0, fresh, complete};
}

struct Http : Harness {
  explicit Http(const std::string& text) : Harness(text) {
    use_tcp();
    flow.protocol = Protocol::http1;
    datagram("");
  }
};

}  // namespace

TEST_CASE("a transaction's fields are looked at when their stage is reached") {
  Http harness(
      "alert http any any -> any any (http.uri; content:\"/evil\"; sid:1;)\n"
      "alert http any any -> any any (http.uri; content:\"/evil\"; http.user_agent; "
      "content:\"curl\"; sid:2;)\n"
      "alert http any any -> any any (http.uri; content:\"/other\"; sid:3;)\n"
      "alert http any any -> any any (http.user_agent; content:!\"curl\"; sid:4;)\n"
      "alert http any any -> any any (http.method; content:\"GET\"; http.stat_code; "
      "content:\"200\"; sid:5;)\n");
  FakeTransaction transaction;
  transaction.texts[Field::http_method] = {"GET"};
  transaction.texts[Field::http_uri] = {"/evil.php"};
  CHECK(harness.stage(transaction, kServer, 1) == Signatures{1});
  transaction.texts[Field::http_user_agent] = {"curl/8"};
  CHECK(harness.stage(transaction, kServer, 2) == Signatures{2});
  CHECK(harness.stage(transaction, kServer, kStageEnd).empty());
  harness.detector->ended(harness.flow, transaction);
}

TEST_CASE("a rule on both directions of a transaction waits for the answer") {
  Http harness(
      "alert http any any => any any (http.uri; content:\"/evil\"; http.stat_code; "
      "content:\"200\"; sid:1;)\n");
  FakeTransaction transaction;
  transaction.texts[Field::http_uri] = {"/evil"};
  CHECK(harness.stage(transaction, kServer, 1).empty());
  transaction.texts[Field::http_stat_code] = {"200"};
  CHECK(harness.stage(transaction, kClient, 1) == Signatures{1});
  CHECK(harness.stage(transaction, kClient, kStageEnd).empty());
  harness.detector->ended(harness.flow, transaction);
}

TEST_CASE("a growing body is searched across its parts, and spoken of once") {
  Http harness(
      "alert http any any -> any any (flow:to_client; http.response_body; content:\"needle\"; "
      "sid:1;)\n"
      "alert http any any -> any any (flow:to_client; http.response_body; content:\"first\"; "
      "content:\"second\"; distance:0; sid:2;)\n"
      "alert http any any -> any any (flow:to_client; http.response_body; bsize:<20; "
      "content:\"first\"; sid:3;)\n");
  FakeTransaction transaction;
  harness.stage(transaction, kClient, 2);
  std::string body = "first nee";
  CHECK(
      harness.body(transaction, Field::http_response_body, kClient, grown(body, 9, false)).empty());
  body += "dle";
  CHECK(harness.body(transaction, Field::http_response_body, kClient, grown(body, 3, false)) ==
        Signatures{1});
  body += "needle ";
  CHECK(
      harness.body(transaction, Field::http_response_body, kClient, grown(body, 7, false)).empty());
  body += "second";
  CHECK(harness.body(transaction, Field::http_response_body, kClient, grown(body, 6, true)) ==
        Signatures{2});
  harness.detector->ended(harness.flow, transaction);
  CHECK(harness.pool->used_bytes() == 0);
}

TEST_CASE("any value of a list may satisfy a rule, but one must do so alone") {
  Harness harness(
      "alert dns any any -> any any (dns.query; content:\"evil\"; content:\".com\"; endswith; "
      "sid:1;)\n"
      "alert dns any any -> any any (dns.query; content:\"evil\"; dns.query; content:\"good\"; "
      "sid:2;)\n");
  harness.flow.protocol = Protocol::dns;
  FakeTransaction mixed;
  mixed.texts[Field::dns_query] = {"evil.org", "good.com"};
  CHECK(harness.stage(mixed, kServer, 1) == Signatures{2});
  FakeTransaction alone;
  alone.texts[Field::dns_query] = {"x.org", "evil.com"};
  CHECK(harness.stage(alone, kServer, 1) == Signatures{1});
}

TEST_CASE("numbers of a transaction are tested without patterns") {
  Harness harness(
      "alert dns any any -> any any (dns.opcode:2; sid:1;)\n"
      "alert dns any any -> any any (dns.opcode:!2; sid:2;)\n");
  harness.flow.protocol = Protocol::dns;
  FakeTransaction transaction;
  transaction.numbers[Field::dns_opcode] = {2};
  CHECK(harness.stage(transaction, kServer, 1) == Signatures{1});
  transaction.numbers[Field::dns_opcode] = {0};
  FakeTransaction other(1);
  other.numbers = transaction.numbers;
  CHECK(harness.stage(other, kServer, 1) == Signatures{2});
}

TEST_CASE("a certificate's dates are compared with the time of the packet that brought it") {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  Harness harness(
      "alert tls any any -> any any (tls_cert_expired; sid:1;)\n"
      "alert tls any any -> any any (tls_cert_valid; sid:2;)\n");
  harness.flow.protocol = Protocol::tls;
  std::uint64_t id = 0;
  const auto at = [&](std::uint64_t second) {
    FakeTransaction transaction(id++);
    transaction.numbers[Field::tls_cert_notbefore] = {1000};
    transaction.numbers[Field::tls_cert_notafter] = {2000};
    harness.view.time_ns = second * kSecond;
    return harness.stage(transaction, kClient, 2);
  };
  CHECK(at(999).empty());
  CHECK(at(1000) == Signatures{2});
  CHECK(at(2000) == Signatures{2});
  CHECK(at(2001) == Signatures{1});
  FakeTransaction without(id);
  CHECK(harness.stage(without, kClient, 2).empty());
}

TEST_CASE("a Modbus rule's parts are tests of one request, each written value among them") {
  Http harness(
      "alert modbus any any -> any any (modbus: unit >9, access write coils, address 900, "
      "value 1; sid:1;)\n"
      "alert modbus any any -> any any (modbus: access write coils, address 1000<>2000; sid:2;)\n"
      "alert modbus any any -> any any (modbus: access read; sid:3;)\n"
      "alert modbus any any -> any any (modbus: function !reserved; sid:4;)\n");
  harness.flow.protocol = Protocol::modbus;
  FakeTransaction transaction;
  transaction.numbers[Field::modbus_unit] = {10};
  transaction.numbers[Field::modbus_category] = {1};
  transaction.numbers[Field::modbus_access] = {2 | 8 | 128};
  transaction.numbers[Field::modbus_write_first] = {1};
  transaction.numbers[Field::modbus_write_last] = {1000};
  auto& values = transaction.numbers[Field::modbus_value];
  for (std::uint64_t address = 1; address <= 1000; ++address)
    values.push_back(address << 16 | (address == 900 ? 1 : 0));
  CHECK(harness.stage(transaction, kServer, kStageEnd) == Signatures{1, 4});
  harness.detector->ended(harness.flow, transaction);
}

TEST_CASE("rules on files see their name, data and size") {
  Harness harness(
      "alert smtp any any -> any any (file.name; content:\".exe\"; endswith; file.data; "
      "content:\"MZ\"; startswith; sid:1;)\n"
      "alert smtp any any -> any any (filesize:>5; sid:2;)\n");
  harness.use_tcp();
  harness.flow.protocol = Protocol::smtp;
  const std::string name = "a.exe", data = "MZ rest";
  FileView file;
  file.direction = kServer;
  file.name = {reinterpret_cast<const std::uint8_t*>(name.data()), name.size()};
  file.body = grown(data, data.size(), false);
  file.size = data.size();
  FakeTransaction transaction;
  CHECK(harness.file(transaction, file) == Signatures{1, 2});
  file.body.fresh = 0;
  file.complete = file.body.complete = true;
  CHECK(harness.file(transaction, file).empty());
  harness.detector->ended(harness.flow, transaction);
}

TEST_CASE("an oddity of a transaction calls the rules that name it") {
  Http harness(
      "alert http any any -> any any (app-layer-event:http.missing_host_header; sid:1;)\n");
  FakeTransaction transaction;
  CHECK(harness.stage(transaction, kServer, 1).empty());
  transaction.add_oddity("http.missing_host_header");
  CHECK(harness.stage(transaction, kServer, 2) == Signatures{1});
  CHECK(harness.stage(transaction, kServer, 3).empty());
  harness.detector->ended(harness.flow, transaction);
}

TEST_CASE("an oddity that one end showed calls the rules that look at the other end only") {
  Http harness(
      "alert http any any -> any any (flow:to_server; app-layer-event:http.abnormal_ce_header; "
      "sid:1;)\n"
      "alert http any any -> any any (flow:to_client; app-layer-event:http.abnormal_ce_header; "
      "sid:2;)\n"
      "alert http any any -> any any (app-layer-event:http.abnormal_ce_header; sid:3;)\n");
  FakeTransaction transaction;
  CHECK(harness.stage(transaction, kServer, kStageEnd).empty());
  transaction.add_oddity("http.abnormal_ce_header");
  CHECK(harness.stage(transaction, kClient, 1) == Signatures{1, 2, 3});
  CHECK(harness.stage(transaction, kClient, kStageEnd).empty());
  harness.detector->ended(harness.flow, transaction);
}

TEST_CASE("a flow bit that a later stage of the same packet sets counts for earlier stages") {
  Http harness(
      "alert http any any -> any any (http.user_agent; content:\"wget\"; flowbits:set,w; noalert; "
      "sid:1;)\n"
      "alert http any any -> any any (flowbits:isset,w; http.uri; content:\"pdf\"; sid:2;)\n"
      "alert http any any -> any any (flowbits:isnotset,w; http.uri; content:\"pdf\"; sid:3;)\n");
  FakeTransaction transaction;
  transaction.texts[Field::http_uri] = {"/a.pdf"};
  transaction.texts[Field::http_user_agent] = {"wget"};
  transaction.set_stage(kServer, 1);
  harness.detector->stage_reached(harness.flow, transaction, kServer, harness.view, harness);
  CHECK(harness.stage(transaction, kServer, 2) == Signatures{2});
  CHECK(harness.stage(transaction, kServer, kStageEnd).empty());

  SECTION("a transaction that is over within the packet is decided with it") {
    FakeTransaction short_lived(1);
    short_lived.texts[Field::http_uri] = {"/b.pdf"};
    short_lived.set_stage(kServer, 1);
    harness.detector->stage_reached(harness.flow, short_lived, kServer, harness.view, harness);
    harness.detector->ended(harness.flow, short_lived);
    CHECK(harness.told() == Signatures{2});
  }
  harness.detector->ended(harness.flow, transaction);
}

TEST_CASE("a transaction that changed is looked at again, and a rule speaks once of it") {
  Http harness("alert http any any -> any any (http.response_header; content:\"two\"; sid:1;)\n");
  FakeTransaction transaction;
  transaction.texts[Field::http_response_header] = {"one"};
  CHECK(harness.stage(transaction, kClient, 2).empty());
  transaction.texts[Field::http_response_header] = {"one", "two"};
  CHECK(harness.stage(transaction, kClient, 2).empty());
  transaction.look_again(kClient);
  CHECK(harness.stage(transaction, kClient, 2) == Signatures{1});
  transaction.look_again(kClient);
  CHECK(harness.stage(transaction, kClient, 2).empty());
  harness.detector->ended(harness.flow, transaction);
}

}  // namespace sekisho::engines::ips::testing
