// Flows that are judged by the URLs that they ask for.
#include <memory>
#include <span>

#include "../../engines/protocols/hello_builder.h"
#include "../../engines/protocols/quic_packets.h"
#include "config/events/eve.h"
#include "engines/url/url_database.h"
#include "inspected.h"
#include "rules/urls/categories.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

struct Listed {
  std::string_view url, category;
};

std::shared_ptr<const engines::url::UrlDatabase> database_of(std::initializer_list<Listed> lines) {
  const auto scratch = std::make_unique<rules::UrlScratch>();
  rules::UrlList list;
  for (const auto& [text, category] : lines) {
    rules::CanonicalUrl url;
    REQUIRE(rules::canonicalise_url(text, *scratch, url) == rules::UrlFault::none);
    list.add(url, rules::UrlScope::host_and_below, rules::find_url_category(category)->id);
  }
  static std::vector<std::vector<std::byte>> kept;  // databases point into it
  kept.push_back(engines::url::compile(list)->file);
  auto loaded = engines::url::UrlDatabase::load(kept.back());
  REQUIRE(loaded);
  return std::make_shared<const engines::url::UrlDatabase>(*std::move(loaded));
}

const std::shared_ptr<const engines::url::UrlDatabase>& database() {
  static const auto kDatabase = database_of(
      {{"casino.test", "gambling"}, {"news.test", "news"}, {"mixed.test/bets", "gambling"}});
  return kDatabase;
}

void publish(Gateway& gateway, const std::string& policy, bool with_database = true) {
  auto next = gateway.harness().load(tests::compile_snapshot("version: 1\n" + policy));
  if (with_database) next->use_urls(database());
  gateway.harness().publish_policy(std::move(next));
}

const std::string kNoGambling =
    "rules: [{name: no games, action: block, content: {url_categories: [gambling]}}]\n";
const std::string kOnlyNews =
    "rules: [{name: press, action: allow, content: {url_categories: [news]}},"
    "{name: rest, action: block}]\n";

std::string get(std::string_view host, std::string_view path = "/") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
}

std::string hello(const std::string& name) {
  sekisho::tests::HelloBuilder builder;
  builder.ciphers = {0x1301};
  if (!name.empty()) builder.add_server_name(name);
  const auto message = builder.message();
  return tests::bytes_of({22, 3, 1}) + tests::be16(message.size()) + message;
}

/// A connection of its own for each question.
struct Client {
  explicit Client(Gateway& to, bool v6 = false, std::uint16_t port = 80) : gateway(to) {
    static std::uint16_t next_port = 30'000;
    connection.client_port = next_port++;
    connection.server_port = port;
    if (v6) connection.client = kClient6, connection.server = kServer6;
    REQUIRE(connection.open(gateway));
  }
  bool asks(std::string_view text) {
    return gateway.lan_passes(connection.to_server(kAck | kPsh, text));
  }
  bool is_answered(std::string_view text) {
    return gateway.wan_passes(connection.to_client(kAck | kPsh, text));
  }
  Gateway& gateway;
  Connection connection;
};

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The policy events since the last call, as lines of EVE.
std::vector<std::string> told_policies(Gateway& gateway) {
  const events::EveNames names{
      .rule = [](std::uint32_t, events::RuleNumber rule) { return "r" + std::to_string(rule); },
      .application = [](std::uint16_t) { return std::string(); },
      .port = [](std::uint8_t) { return std::string(); },
      .url_category = [](std::uint16_t id) { return std::string(rules::url_category(id)->name); },
      .own_url_category = [](std::uint32_t,
                             std::uint16_t id) { return "own" + std::to_string(id); }};
  const auto records = gateway.harness().take_events();
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < records.size();) {
    auto next = events::next_eve(std::span(records).subspan(at), names);
    if (records[at].type == events::EventType::policy) lines.push_back(std::move(next.line));
    at += next.taken;
  }
  return lines;
}

}  // namespace

TEST_CASE("a request to a blocked category does not pass, its neighbour does") {
  const bool v6 = GENERATE(false, true);
  CAPTURE(v6);
  Gateway gateway({}, inspecting());
  publish(gateway, kNoGambling);
  Client bad(gateway, v6);
  CHECK_FALSE(bad.asks(get("www.casino.test", "/a?b")));
  CHECK_FALSE(bad.is_answered(kAnswer));
  const auto told = told_policies(gateway);
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("url":{"hostname":"www.casino.test","url":"http://www.casino.test/a?b",)"
                     R"("categories":["gambling"]})"));
  CHECK(has(told[0], R"("rule":1,"name":"r1","action":"block")"));
  Client good(gateway, v6);
  CHECK(good.asks(get("news.test")));
  CHECK(good.is_answered(kAnswer));
  CHECK(gateway.harness().policy()->hits()[1].flows == 1);
}

TEST_CASE("an own category blocks its path and not the one beside, without any database") {
  const bool v6 = GENERATE(false, true);
  CAPTURE(v6);
  Gateway gateway({}, inspecting());
  publish(gateway,
          "objects: {url_categories: [{name: other, entries: [news.test]}, "
          "{name: ours, entries: [shop.test/admin]}]}\n"
          "rules: [{name: no admin, action: block, content: {url_categories: [ours]}}]\n",
          false);
  Client bad(gateway, v6);
  CHECK_FALSE(bad.asks(get("shop.test", "/admin/users")));
  const auto told = told_policies(gateway);
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("categories":["own901"]})"));
  Client good(gateway, v6);
  CHECK(good.asks(get("shop.test", "/adminton")));
  CHECK(good.is_answered(kAnswer));
  Client other(gateway, v6);
  CHECK(other.asks(get("news.test")));
}

TEST_CASE("a server in an own category is blocked with its first packet") {
  const bool v6 = GENERATE(false, true);
  CAPTURE(v6);
  Gateway gateway({}, inspecting());
  publish(gateway, "objects: {url_categories: [{name: ours, entries: ['" +
                       std::string(v6 ? kServer6 : kServer) +
                       "']}]}\n"
                       "rules: [{name: no, action: block, content: {url_categories: [ours]}}]\n");
  Connection connection;
  if (v6) connection.client = kClient6, connection.server = kServer6;
  CHECK_FALSE(connection.open(gateway));
  const auto told = told_policies(gateway);
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("url":{"categories":["own900"]})"));
}

TEST_CASE("of a long URL an event says the beginning, and that it is one") {
  const auto [length, is_cut] = GENERATE(table<std::size_t, bool>(
      {{UrlText::kMaxBytes, false}, {UrlText::kMaxBytes + 1, true}, {1200, true}}));
  Gateway gateway({}, inspecting());
  publish(gateway, kNoGambling);
  const std::string before = "http://casino.test/";
  const auto path = "/" + std::string(length - before.size(), 'x');
  Client client(gateway);
  CHECK_FALSE(client.asks(get("casino.test", path)));
  const auto told = told_policies(gateway)[0];
  CHECK(has(told, (before + path.substr(1)).substr(0, UrlText::kMaxBytes) + '"'));
  CHECK(has(told, R"("url_truncated":true)") == is_cut);
}

TEST_CASE("the name in a TLS hello is the URL's, and nothing behind the handshake is looked at") {
  Gateway gateway({}, inspecting());
  publish(gateway, kNoGambling);
  Client bad(gateway, false, 443);
  CHECK_FALSE(bad.asks(hello("casino.test")));
  CHECK(has(told_policies(gateway)[0], R"("url":"https://casino.test/")"));
  const auto before = gateway.worker().inspector()->pool().used_bytes();
  Client good(gateway, false, 443);
  CHECK(gateway.worker().inspector()->pool().used_bytes() > before);
  CHECK(good.asks(hello("news.test")));
  constexpr std::string_view kChangeCipherSpec("\x14\x03\x03\0\1\1", 6);
  CHECK(good.is_answered(kChangeCipherSpec));
  CHECK(good.asks(kChangeCipherSpec));
  // Only the URL's text is kept.
  CHECK(gateway.worker().inspector()->pool().used_bytes() ==
        before + engines::MemoryPool::block_bytes(sizeof(UrlText)));
  CHECK(good.is_answered("any bytes"));
}

TEST_CASE("the name in a QUIC hello is the URL's") {
  Gateway gateway({}, inspecting());
  publish(gateway, kNoGambling);
  auto asks = [&, port = std::uint16_t{20'000}](const std::string& name) mutable {
    sekisho::tests::HelloBuilder builder;
    builder.ciphers = {0x1301};
    builder.add_server_name(name).add_alpn({"h3"}).add(43, tests::bytes_of({2, 3, 4}));
    builder.add(57, "");
    const std::string id = "01234567";
    const auto initial = tests::seal(
        {.destination = id, .key_id = id, .frames = tests::crypto_frame(0, builder.message())},
        1162);
    return gateway.lan_passes(
        ethernet().ipv4(kClient, kServer).udp(port++, 443).payload(std::string_view(initial)));
  };
  CHECK_FALSE(asks("casino.test"));
  CHECK(asks("news.test"));
  CHECK(has(told_policies(gateway)[0], R"("url":"https://casino.test/")"));
}

TEST_CASE("a hello in two segments is judged when it is whole") {
  Gateway gateway({}, inspecting());
  publish(gateway, kNoGambling);
  Client client(gateway, false, 443);
  const auto bytes = hello("casino.test");
  CHECK(client.asks(std::string_view(bytes).substr(0, 40)));
  CHECK_FALSE(client.asks(std::string_view(bytes).substr(40)));
}

TEST_CASE("each request of a connection is judged anew, and the blocked one ends it") {
  Gateway gateway({}, inspecting());
  publish(gateway, kNoGambling);
  Client client(gateway);
  CHECK(client.asks(get("mixed.test", "/results")));
  CHECK(client.is_answered(kAnswer));
  CHECK_FALSE(client.asks(get("mixed.test", "/bets/today")));
  CHECK_FALSE(client.asks(get("news.test")));
}

TEST_CASE("a second request in the same segment does not hide the first") {
  Gateway gateway({}, inspecting());
  publish(gateway, kNoGambling);
  Client first(gateway), second(gateway);
  CHECK_FALSE(first.asks(get("casino.test") + get("news.test")));
  CHECK_FALSE(second.asks(get("news.test") + get("casino.test")));
  CHECK(has(told_policies(gateway)[1], "casino.test"));
}

TEST_CASE("CONNECT and a whole URL in the request line name the place") {
  Gateway gateway({}, inspecting());
  publish(gateway, kNoGambling);
  Client connects(gateway), proxied(gateway), tunnelled(gateway);
  CHECK_FALSE(connects.asks("CONNECT casino.test:443 HTTP/1.1\r\nHost: news.test\r\n\r\n"));
  CHECK_FALSE(proxied.asks("GET http://casino.test/ HTTP/1.1\r\nHost: news.test\r\n\r\n"));
  CHECK(tunnelled.asks("CONNECT news.test:443 HTTP/1.1\r\nHost: news.test:443\r\n\r\n"));
  CHECK(tunnelled.is_answered("HTTP/1.1 200 OK\r\n\r\n"));
  CHECK_FALSE(tunnelled.asks(hello("casino.test")));
}

TEST_CASE("where only one category may pass, what has no URL or another is refused") {
  Gateway gateway({}, inspecting());
  publish(gateway, kOnlyNews);
  Client news(gateway), casino(gateway), none(gateway), ssh(gateway, false, 22);
  CHECK(news.asks(get("news.test")));
  CHECK_FALSE(casino.asks(get("casino.test")));
  CHECK_FALSE(none.asks("GET / HTTP/1.1\r\nHost: not..a..host\r\n\r\n"));
  CHECK_FALSE(ssh.is_answered("SSH-2.0-OpenSSH_9.2p1\r\n"));
  CHECK_FALSE(gateway.lan_passes(ethernet().ipv4(kClient, kServer).icmp(8, 0)));
}

TEST_CASE("moving a rule up flips the verdict, of connections that go on, too") {
  Gateway gateway({}, inspecting());
  const std::string block = "{name: games, action: block, content: {url_categories: [gambling]}}";
  const std::string allow = "{name: web, action: allow, services: [tcp/80]}";
  publish(gateway, "rules: [" + allow + ", " + block + "]\n");
  Client client(gateway);
  CHECK(client.asks(get("casino.test")));
  publish(gateway, "rules: [" + block + ", " + allow + "]\n");
  Client other(gateway);
  CHECK_FALSE(other.asks(get("casino.test")));
  publish(gateway, "rules: [" + allow + ", " + block + "]\n");
  Client again(gateway);
  CHECK(again.asks(get("casino.test")));
}

TEST_CASE("a blocking method holds for URLs") {
  Gateway gateway({}, inspecting());
  publish(gateway,
          "rules: [{name: games, action: block, block_with: reset, "
          "content: {url_categories: [gambling]}}]\n");
  Client client(gateway);
  const auto fate =
      gateway.from(kLanPort, client.connection.to_server(kAck | kPsh, get("casino.test")).build());
  CHECK_FALSE(fate.forwarded);
  CHECK(fate.to_lan.size() == 1);
  CHECK(fate.to_wan.size() == 1);
}

TEST_CASE("the lists stand before the rules, to allow before to block") {
  Gateway gateway({}, inspecting());
  publish(gateway,
          "lists: {allow: [good.casino.test, '*.both.test'], "
          "block: [news.test, '*.both.test', mixed.test/private, 198.51.100.66]}\n" +
              kNoGambling);
  const auto passes = [&](std::string_view host, std::string_view path = "/") {
    return Client(gateway).asks(get(host, path));
  };
  CHECK(passes("good.casino.test"));
  CHECK_FALSE(passes("other.casino.test"));
  CHECK_FALSE(passes("news.test"));
  CHECK(passes("www.news.test"));
  CHECK(passes("x.both.test"));
  CHECK(passes("mixed.test", "/privately"));
  CHECK_FALSE(passes("mixed.test", "/private/x"));
  CHECK_FALSE(gateway.lan_passes(ethernet().ipv4(kClient, "198.51.100.66").udp(5000, 7)));
  const auto told = told_policies(gateway);
  CHECK(std::any_of(told.begin(), told.end(), [](const std::string& line) {
    return has(line, "\"hostname\":\"news.test\"") && has(line, "\"list\":\"block\"") &&
           has(line, "\"rule\":2");
  }));
  CHECK(gateway.harness().policy()->hits()[2].flows == 3);
}

TEST_CASE("lists work without a database, and hold for a running connection when they are new") {
  Gateway gateway({}, inspecting());
  publish(gateway, "lists: {block: [a.test]}\n", false);
  Client client(gateway), tls(gateway, false, 443);
  CHECK(client.asks(get("b.test")));
  CHECK(tls.asks(hello("b.test")));
  publish(gateway, "lists: {block: [b.test]}\n", false);
  CHECK_FALSE(tls.asks("application data"));
  CHECK_FALSE(client.asks(get("c.test")));
}

TEST_CASE("a policy without URLs looks into no flow") {
  Gateway gateway({}, inspecting());
  publish(gateway, "rules: [{name: web, action: allow}]\nlists: {allow: [a.test]}\n");
  Client client(gateway);
  CHECK(client.asks(get("casino.test")));
  CHECK(gateway.worker().inspector()->counters().conversations == 0);
  publish(gateway, kNoGambling, false);  // no database: URLs are in no category
  Client other(gateway);
  CHECK(other.asks(get("casino.test")));
  CHECK(gateway.worker().inspector()->counters().conversations == 0);
}

TEST_CASE("a flow that no URL can change is not looked into") {
  Gateway gateway({}, inspecting());
  publish(gateway,
          "rules: [{name: dns, action: allow, services: [udp/53]},"
          "{name: games, action: block, content: {url_categories: [gambling]}}]\n");
  CHECK(gateway.lan_passes(ethernet().ipv4(kClient, kServer).udp(5000, 53).payload("x")));
  CHECK(gateway.worker().inspector()->counters().conversations == 0);
}

TEST_CASE("rules of the IPS do not act on flows that are looked into for their URL alone") {
  const IpsRuleText rules("drop http any any -> any any (http.uri; content:\"attack\"; sid:1;)\n");
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      "version: 1\nprofiles: [{name: p, ips: {enabled: true}}]\n"
      "lists: {block: [blocked.test]}\n"
      "rules: [{name: inspected, action: allow, services: [tcp/8080], profile: p},"
      "{name: rest, action: allow}]\n",
      rules.get());
  CHECK(Client(gateway).asks(get("a.test", "/attack")));
  CHECK_FALSE(Client(gateway, false, 8080).asks(get("a.test", "/attack")));
  CHECK_FALSE(Client(gateway, false, 8080).asks(get("blocked.test")));
  CHECK_FALSE(Client(gateway).asks(get("blocked.test")));
}
