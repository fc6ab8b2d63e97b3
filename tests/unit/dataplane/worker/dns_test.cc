// What a worker makes of names that clients ask DNS for.
#include <memory>
#include <span>

#include "../../engines/dns/dns_bytes.h"
#include "../../engines/protocols/hello_builder.h"
#include "../../engines/protocols/quic_packets.h"
#include "config/base/byte_reader.h"
#include "config/events/eve.h"
#include "dataplane/parse/decode.h"
#include "engines/url/url_database.h"
#include "inspected.h"
#include "rules/urls/categories.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;
using namespace std::string_literals;
namespace wire = sekisho::tests::dns;

namespace {

constexpr std::uint16_t kDns = 53;

std::shared_ptr<const engines::url::UrlDatabase> database() {
  static const auto kFile = [] {
    const auto scratch = std::make_unique<rules::UrlScratch>();
    rules::UrlList list;
    for (const auto& [text, category] :
         {std::pair{"casino.test", "gambling"}, std::pair{"news.test", "news"}}) {
      rules::CanonicalUrl url;
      REQUIRE(rules::canonicalise_url(text, *scratch, url) == rules::UrlFault::none);
      list.add(url, rules::UrlScope::host_and_below, rules::find_url_category(category)->id);
    }
    return engines::url::compile(list)->file;
  }();
  auto loaded = engines::url::UrlDatabase::load(kFile);
  REQUIRE(loaded);
  return std::make_shared<const engines::url::UrlDatabase>(*std::move(loaded));
}

/// The client's DNS is under the profile p, whose section dns is `settings`.
std::string policy_of(const std::string& settings, const std::string& more = {}) {
  return "version: 1\nprofiles: [{name: p, ips: {enabled: false}, dns: {" + settings +
         "}}]\n"
         "rules:\n"
         "  - {name: dns, action: allow, profile: p, services: [udp/53, tcp/53]}\n"
         "  - {name: no games, action: block, content: {url_categories: [gambling]}}\n"
         "  - {name: rest, action: allow, profile: p, log: false}\n" +
         more;
}

void publish(Gateway& gateway, const std::string& policy) {
  auto next = gateway.harness().load(tests::compile_snapshot(policy));
  next->use_urls(database());
  gateway.harness().publish_policy(std::move(next));
}

PacketBuilder datagram(bool v6, bool to_server, const std::string& payload,
                       std::uint16_t port = 33'000) {
  const auto client = v6 ? kClient6 : kClient, server = v6 ? kServer6 : kServer;
  const auto from = to_server ? client : server, to = to_server ? server : client;
  auto frame = v6 ? ethernet().ipv6(std::string(from), std::string(to))
                  : ethernet().ipv4(std::string(from), std::string(to));
  return frame.udp(to_server ? port : kDns, to_server ? kDns : port).payload(payload);
}

std::string query(std::string_view name, unsigned type = 1, unsigned id = 7) {
  return wire::header(id, 0x0100, {1, 0, 0, 1}) + wire::question(name, type) + wire::opt();
}

std::string framed(const std::string& message) { return wire::be16(message.size()) + message; }

/// The payload of a frame whose lengths and checksums are right.
std::string payload_of(const Bytes& frame) {
  PacketInfo info;
  decode_ethernet(frame, {.check_ipv4_checksum = true, .check_transport_checksum = true}, info);
  REQUIRE(info.kind == PacketKind::flow);
  REQUIRE(info.problem == DropReason::none);
  return std::string(as_text(std::span(frame).subspan(info.payload_offset, info.payload_bytes)));
}

std::string eve_of_policies(Gateway& gateway) {
  const events::EveNames names{
      .rule = [](std::uint32_t, events::RuleNumber rule) { return "r" + std::to_string(rule); },
      .application = [](std::uint16_t) { return std::string(); },
      .port = [](std::uint8_t) { return std::string(); },
      .url_category = [](std::uint16_t id) { return std::string(rules::url_category(id)->name); }};
  const auto records = gateway.harness().take_events();
  std::string lines;
  for (std::size_t at = 0; at < records.size();) {
    const auto next = events::next_eve(std::span(records).subspan(at), names);
    if (records[at].type == events::EventType::policy) lines += next.line + "\n";
    at += next.taken;
  }
  return lines;
}

}  // namespace

TEST_CASE("A query for a name of a blocked category is refused, its neighbours pass") {
  const bool v6 = GENERATE(false, true);
  Gateway gateway("", inspecting());
  publish(gateway, policy_of("url_filter: true"));
  CHECK(gateway.lan_passes(datagram(v6, true, query("www.news.test"))));
  const auto fate = gateway.from(kLanPort, datagram(v6, true, query("wWw.Casino.test")).build());
  CHECK(fate.to_wan.empty());
  REQUIRE(fate.to_lan.size() == 1);
  const auto answer = payload_of(fate.to_lan[0]);
  CHECK(answer.starts_with(wire::header(7, 0x8185, {1, 0, 0, 1}) +
                           wire::question("wWw.Casino.test", 1)));
  CHECK(has(answer, "\x00\x0f"s));  // Extended DNS Error: Blocked
  CHECK(gateway.lan_passes(datagram(v6, true, query("example.test", 28, 8))));
  CHECK(gateway.count("policy.dns_refused") == 1);
  const auto told = eve_of_policies(gateway);
  for (const auto* part : {R"("hostname":"www.casino.test")", R"("categories":["gambling"])",
                           R"("cause":"dns_query")", R"("action":"block")", R"("name":"r2")"})
    CHECK_THAT(told, Catch::Contains(part));
  CHECK_THAT(told, !Catch::Contains("news.test"));
}

TEST_CASE("Without the setting names are asked for as ever") {
  Gateway gateway("", inspecting());
  publish(gateway, policy_of("url_filter: false"));
  CHECK(gateway.lan_passes(datagram(false, true, query("casino.test"))));
  publish(gateway, policy_of("safe_search: [google]"));
  CHECK(gateway.lan_passes(datagram(false, true, query("casino.test"), 33'001)));
}

TEST_CASE("The block list refuses names, the allow list wins over it and over categories") {
  Gateway gateway("", inspecting());
  publish(gateway, policy_of("url_filter: true",
                             "lists: {allow: [good.casino.test], block: ['*.bad.test', "
                             "good.casino.test, path.test/secret]}\n"));
  CHECK(gateway.from(kLanPort, datagram(false, true, query("a.bad.test")).build()).to_wan.empty());
  CHECK_THAT(eve_of_policies(gateway), Catch::Contains(R"("list":"block")"));
  CHECK(gateway.lan_passes(datagram(false, true, query("good.casino.test"))));
  CHECK(gateway.lan_passes(datagram(false, true, query("path.test"))));
  CHECK(gateway.count("policy.dns_refused") == 1);
}

TEST_CASE("What the client's rules allow, or block whatever the name, is not refused") {
  Gateway gateway("", inspecting());
  const std::string head =
      "version: 1\nprofiles: [{name: p, ips: {enabled: false}, dns: {url_filter: true}}]\nrules:\n"
      "  - {name: dns, action: allow, profile: p, services: [udp/53]}\n";
  SECTION("another client's rule") {
    publish(gateway, head +
                         "  - {name: no games, action: block, source: {addresses: [192.0.2.77]}, "
                         "content: {url_categories: [gambling]}}\n");
  }
  SECTION("an earlier rule allows") {
    publish(gateway, head +
                         "  - {name: vip, action: allow, source: {addresses: [192.0.2.1]}}\n"
                         "  - {name: no games, action: block, content: {url_categories: "
                         "[gambling]}}\n");
  }
  SECTION("nothing passes anyway") {
    publish(gateway, head +
                         "  - {name: press, action: allow, content: {url_categories: [news]}}\n"
                         "  - {name: rest, action: block}\n");
  }
  SECTION("an address object has the name") {
    publish(gateway, head +
                         "  - {name: ours, action: allow, destination: {fqdns: [casino.test]}}\n"
                         "  - {name: no games, action: block, content: {url_categories: "
                         "[gambling]}}\n");
  }
  CHECK(gateway.lan_passes(datagram(false, true, query("casino.test"))));
  CHECK(gateway.count("policy.dns_refused") == 0);
}

TEST_CASE("A query in a stream is refused there, and ends it") {
  const bool v6 = GENERATE(false, true);
  Gateway gateway("", inspecting());
  publish(gateway, policy_of("url_filter: true"));
  Connection connection;
  connection.server_port = kDns;
  if (v6) connection.client = kClient6, connection.server = kServer6;
  REQUIRE(connection.open(gateway));
  const auto good = framed(query("news.test", 1, 5));
  CHECK(gateway.lan_passes(connection.to_server(kAck | kPsh, good)));
  const auto fate = gateway.from(
      kLanPort, connection.to_server(kAck | kPsh, framed(query("casino.test"))).build());
  REQUIRE(fate.to_lan.size() == 1);
  const auto answer = payload_of(fate.to_lan[0]);
  CHECK(answer.substr(0, 2) == wire::be16(answer.size() - 2));
  CHECK(answer.substr(2).starts_with(wire::header(7, 0x8185, {1, 0, 0, 1}) +
                                     wire::question("casino.test", 1)));
  REQUIRE(fate.to_wan.size() == 1);  // the server's reset
  CHECK_FALSE(has(std::string(as_text(fate.to_wan[0])), "casino"));
  CHECK_THAT(eve_of_policies(gateway), Catch::Contains(R"("hostname":"casino.test")"));
}

TEST_CASE("A query in pieces is refused before its last one passes") {
  Gateway gateway("", inspecting());
  publish(gateway, policy_of("url_filter: true"));
  Connection connection;
  connection.server_port = kDns;
  REQUIRE(connection.open(gateway));
  const auto message = framed(query("casino.test"));
  CHECK(gateway.lan_passes(connection.to_server(kAck | kPsh, message.substr(0, 20))));
  CHECK_FALSE(gateway.lan_passes(connection.to_server(kAck | kPsh, message.substr(20))));
  CHECK(gateway.count("policy.dns_refused") == 1);
}

TEST_CASE("A search is asked for by its safe name and answers under its own") {
  const bool v6 = GENERATE(false, true);
  const auto type = GENERATE(1U, 28U);
  const auto address = type == 1 ? "\xd8\xef\x26\x78"s : std::string(16, '\x20');
  Gateway gateway("", inspecting());
  publish(gateway, policy_of("safe_search: [google, youtube]"));
  const auto fate =
      gateway.from(kLanPort, datagram(v6, true, query("wWw.google.co.jp", type)).build());
  CHECK(fate.to_lan.empty());
  REQUIRE(fate.to_wan.size() == 1);
  CHECK(payload_of(fate.to_wan[0]) == query("forcesafesearch.google.com", type));
  const auto response = wire::header(7, 0x8180, {1, 1, 0, 1}) +
                        wire::question("forcesafesearch.google.com", type) +
                        wire::record(wire::kToQuestion, type, address) + wire::opt();
  const auto back = gateway.from(kWanPort, datagram(v6, false, response).build());
  REQUIRE(back.to_lan.size() == 1);
  const auto answer = payload_of(back.to_lan[0]);
  CHECK(answer.starts_with(wire::header(7, 0x8180, {1, 2, 0, 1}) +
                           wire::question("wWw.google.co.jp", type)));
  CHECK(has(answer, wire::wire_name("forcesafesearch.google.com")));
  CHECK(has(answer, address + wire::opt()));
  CHECK(gateway.count("policy.dns_renamed") == 1);
  // Who asks for the safe name itself, under the same ID, gets its answer as it is.
  CHECK(gateway.lan_passes(datagram(v6, true, query("forcesafesearch.google.com", type))));
  CHECK(gateway.wan_passes(datagram(v6, false, response)));
  // Other questions of a search's name are nobody's affair.
  CHECK(gateway.lan_passes(datagram(v6, true, query("www.google.com", 16))));
}

TEST_CASE("Queries for other names are remembered as long as there is room") {
  const auto aliases = std::make_unique<DnsAliases>();
  const auto name = wire::wire_name("www.google.com");
  CHECK(aliases->put(7, 1, wire::bytes(name), "safe.test"));
  REQUIRE(aliases->find(7, 1));
  CHECK(std::ranges::equal(aliases->find(7, 1)->name, wire::bytes(name)));
  CHECK(aliases->find(7, 1)->target == "safe.test");
  CHECK_FALSE(aliases->find(7, 2));
  CHECK_FALSE(aliases->find(8, 1));
  aliases->forget(8, 1);
  CHECK(aliases->find(7, 1));
  aliases->forget(7, 1);
  CHECK_FALSE(aliases->find(7, 1));
  CHECK_FALSE(aliases->put(7, 1, std::vector<std::uint8_t>(DnsAliases::kMaxName + 1), "safe.test"));
  std::size_t kept = 0;
  for (std::uint64_t flow = 0; flow < 5000; ++flow)
    CHECK(aliases->put(flow, 9, wire::bytes(name), "safe.test"));
  for (std::uint64_t flow = 0; flow < 5000; ++flow) kept += aliases->find(flow, 9).has_value();
  CHECK(kept <= DnsAliases::kSlots);
  CHECK(kept > DnsAliases::kSlots / 2);
  CHECK(aliases->find(4999, 9));
}

TEST_CASE("In a stream a search is refused, as nothing can be put into it") {
  Gateway gateway("", inspecting());
  publish(gateway, policy_of("safe_search: [google]"));
  Connection connection;
  connection.server_port = kDns;
  REQUIRE(connection.open(gateway));
  const auto fate = gateway.from(
      kLanPort, connection.to_server(kAck | kPsh, framed(query("www.google.com"))).build());
  REQUIRE(fate.to_lan.size() == 1);
  CHECK(payload_of(fate.to_lan[0]).substr(2).starts_with(wire::header(7, 0x8185, {1, 0, 0, 1})));
}

TEST_CASE("Keys of Encrypted Client Hello are taken out of answers as they pass") {
  const bool v6 = GENERATE(false, true);
  const auto* handling = GENERATE("strip", "block");
  Gateway gateway("", inspecting());
  publish(gateway, policy_of("ech: "s + handling));
  const auto service = wire::be16(1) + wire::wire_name("");
  const auto response_of = [](const std::string& params) {
    return wire::header(7, 0x8180, {1, 1, 0, 1}) + wire::question("www.news.test", 65) +
           wire::record(wire::kToQuestion, 65, params) + wire::opt();
  };
  const auto open = response_of(service + "\x00\x05\x00\x04keys\x00\x06\x00\x02zz"s);
  const auto closed = response_of(service + "\x00\x06\x00\x02zz\xff\x00\x00\x04\0\0\0\0"s);
  REQUIRE(gateway.lan_passes(datagram(v6, true, query("www.news.test", 65))));
  const auto fate = gateway.from(kWanPort, datagram(v6, false, open).build());
  REQUIRE(fate.to_lan.size() == 1);
  CHECK(payload_of(fate.to_lan[0]) == closed);
  CHECK(gateway.count("policy.dns_ech_concealed") == 1);

  Connection connection;
  connection.server_port = kDns;
  if (v6) connection.client = kClient6, connection.server = kServer6;
  REQUIRE(connection.open(gateway));
  REQUIRE(
      gateway.lan_passes(connection.to_server(kAck | kPsh, framed(query("www.news.test", 65)))));
  const auto segment = connection.to_client(kAck | kPsh, framed(open) + framed(open)).build();
  for (int sent = 0; sent < 2; ++sent) {  // the second time it is sent again
    const auto streamed = gateway.from(kWanPort, segment);
    REQUIRE(streamed.to_lan.size() == 1);
    CHECK(payload_of(streamed.to_lan[0]) == framed(closed) + framed(closed));
  }
}

TEST_CASE("An encrypted hello to a name that is known for it is refused") {
  const auto hello = [](const std::string& name, bool encrypted) {
    sekisho::tests::HelloBuilder builder;
    builder.ciphers = {0x1301};
    builder.add_server_name(name);
    if (encrypted) builder.add(0xfe0d, std::string(40, 'e'));
    const auto message = builder.message();
    return tests::bytes_of({22, 3, 1}) + tests::be16(message.size()) + message;
  };
  Gateway gateway("", inspecting());
  publish(gateway, policy_of("ech: block, ech_names: [outer.test]"));
  std::uint16_t port = 50'000;
  const auto passes = [&](const std::string& bytes) {
    Connection connection;
    connection.client_port = port++;
    connection.server_port = 443;
    REQUIRE(connection.open(gateway));
    return gateway.lan_passes(connection.to_server(kAck | kPsh, bytes));
  };
  CHECK(passes(hello("outer.test", false)));
  CHECK(passes(hello("site.test", true)));  // a browser that only pretends
  CHECK_FALSE(passes(hello("outer.test", true)));
  CHECK(gateway.count("policy.ech_refused") == 1);
  publish(gateway, policy_of("ech: block, ech_names: ['*']"));
  CHECK_FALSE(passes(hello("site.test", true)));
  publish(gateway, policy_of("ech: strip"));
  CHECK(passes(hello("cloudflare-ech.com", true)));
}

TEST_CASE("An encrypted hello of QUIC is refused likewise, and its client told at once") {
  Gateway gateway("", inspecting());
  publish(gateway, policy_of("ech: block, ech_names: [outer.test]"));
  auto fate_of = [&, port = std::uint16_t{20'000}](bool encrypted) mutable {
    sekisho::tests::HelloBuilder builder;
    builder.ciphers = {0x1301};
    builder.add_server_name("outer.test").add_alpn({"h3"}).add(43, tests::bytes_of({2, 3, 4}));
    if (encrypted) builder.add(0xfe0d, std::string(40, 'e'));
    builder.add(57, "");
    const std::string id = "01234567";
    const auto initial = tests::seal(
        {.destination = id, .key_id = id, .frames = tests::crypto_frame(0, builder.message())},
        1162);
    auto frame = ethernet().ipv4(kClient, kServer).udp(port++, 443);
    return gateway.from(kLanPort, frame.payload(std::string_view(initial)).build());
  };
  CHECK(fate_of(false).forwarded);
  const auto refused = fate_of(true);
  CHECK(refused.to_wan.empty());
  CHECK(refused.to_lan.size() == 1);  // port unreachable
  CHECK(gateway.count("policy.ech_refused") == 1);
}

TEST_CASE("Encrypted DNS is refused by resolver, by port and by nothing else") {
  const bool v6 = GENERATE(false, true);
  const auto hello = [](const std::string& name) {
    sekisho::tests::HelloBuilder builder;
    builder.ciphers = {0x1301};
    if (!name.empty()) builder.add_server_name(name);
    const auto message = builder.message();
    return tests::bytes_of({22, 3, 1}) + tests::be16(message.size()) + message;
  };
  Gateway gateway("", inspecting());
  std::uint16_t next = 51'000;
  const auto passes = [&](const std::string& name, std::uint16_t port,
                          std::string_view server = {}) {
    Connection connection;
    connection.client_port = next++;
    connection.server_port = port;
    if (v6) connection.client = kClient6, connection.server = kServer6;
    if (!server.empty()) connection.server = server;
    REQUIRE(connection.open(gateway));
    return gateway.lan_passes(connection.to_server(kAck | kPsh, hello(name)));
  };
  const auto* const resolver = v6 ? "2606:4700:4700::1111" : "1.1.1.1";
  auto logged = policy_of("encrypted_dns: block");
  logged.erase(logged.find(", log: false"), std::string_view(", log: false").size());
  publish(gateway, logged);
  CHECK(passes("news.test", 443));
  CHECK(passes("", 443));
  CHECK_FALSE(passes("dns.google", 443));
  CHECK_FALSE(passes("one.test", 853));
  CHECK_FALSE(passes("", 853));
  CHECK_FALSE(passes("", 443, resolver));
  CHECK(gateway.count("policy.dns_encrypted_refused") == 4);
  CHECK_THAT(eve_of_policies(gateway), Catch::Contains(R"("hostname":"dns.google")") &&
                                           Catch::Contains(R"("cause":"dns_query")"));
  publish(gateway, policy_of("encrypted_dns: block", "lists: {allow: [dns.google]}\n"));
  CHECK(passes("dns.google", 443));
  publish(gateway, policy_of("ech: strip"));
  CHECK(passes("dns.google", 443));
  CHECK(passes("", 853));
}

TEST_CASE("A request that carries a DNS message is refused, whoever is asked") {
  Gateway gateway("", inspecting());
  publish(gateway, policy_of("encrypted_dns: block"));
  std::uint16_t next = 52'000;
  const auto passes = [&](const std::string& request) {
    Connection connection;
    connection.client_port = next++;
    connection.server_port = 80;
    REQUIRE(connection.open(gateway));
    return gateway.lan_passes(connection.to_server(kAck | kPsh, request));
  };
  const std::string host = "Host: any.test\r\n";
  CHECK(passes("GET /dns-query?dns=AAAB HTTP/1.1\r\n" + host + "\r\n"));
  CHECK_FALSE(
      passes("GET /q?dns=AAAB HTTP/1.1\r\n" + host + "Accept: application/dns-message\r\n\r\n"));
  CHECK_FALSE(passes("POST /q HTTP/1.1\r\n" + host +
                     "Content-Type: Application/DNS-message\r\nContent-Length: 2\r\n\r\nab"));
}
