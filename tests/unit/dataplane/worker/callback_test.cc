// Calls to C&C servers: listed ones, names of DNS, and hosts that give themselves away.
#include <memory>
#include <span>

#include "../../engines/protocols/hello_builder.h"
#include "../../engines/protocols/tls_handshake.h"
#include "config/events/eve.h"
#include "config/snapshot/snapshot.h"
#include "engines/callback/indicators.h"
#include "inspected.h"
#include "tests/callbacks/dga_families.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

using engines::callback::Indicator;
using engines::callback::IndicatorDatabase;
using engines::callback::IndicatorKind;

const std::shared_ptr<const IndicatorDatabase>& database() {
  static const auto kBuilt = engines::callback::compile_indicators(
      {{IndicatorKind::address, "198.51.100.66", "ip feed", 80},
       {IndicatorKind::address, "2001:db8:bad::/48", "ip feed", 80},
       {IndicatorKind::domain, "evil.example", "name feed", 90},
       {IndicatorKind::url, "http://shared.example/gate", "url feed", 70}});
  static const auto kDatabase = [] {
    auto loaded = IndicatorDatabase::load(kBuilt->file);
    REQUIRE(loaded);
    return std::make_shared<const IndicatorDatabase>(*std::move(loaded));
  }();
  return kDatabase;
}

/// `callbacks`: settings of the profile.
std::string policy_of(const std::string& callbacks, const std::string& more = {}) {
  return "version: 1\n" + more + "profiles: [{name: p, callbacks: {" + callbacks +
         "}}]\nrules: [{name: r, action: allow, log: false, profile: p}]\n";
}

struct Office {
  explicit Office(const std::string& callbacks = {}, const std::string& more = {})
      : gateway({}, inspecting()) {
    publish(callbacks, more);
  }
  void publish(const std::string& callbacks, const std::string& more = {},
               const std::shared_ptr<const IndicatorDatabase>& indicators = database()) {
    auto next = gateway.harness().load(tests::compile_snapshot(policy_of(callbacks, more)));
    next->use_indicators(indicators);
    gateway.harness().publish_policy(std::move(next));
  }
  /// Records of callbacks since the last call, as lines of EVE.
  std::vector<std::string> told() {
    const events::EveNames names{
        .rule = [](std::uint32_t, events::RuleNumber) { return std::string("r"); },
        .application = [](std::uint16_t) { return std::string(); },
        .port = [](std::uint8_t) { return std::string(); }};
    const auto records = gateway.harness().take_events();
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < records.size();) {
      auto next = events::next_eve(std::span(records).subspan(at), names);
      if (has(next.line, R"("event_type":"callback")")) lines.push_back(std::move(next.line));
      at += next.taken;
    }
    return lines;
  }

  Gateway gateway;
};

std::string hello(const std::string& name) {
  sekisho::tests::HelloBuilder builder;
  builder.ciphers = {0x1301};
  builder.add_server_name(name);
  const auto message = builder.message();
  return tests::bytes_of({22, 3, 1}) + tests::be16(message.size()) + message;
}

std::string dns_message(std::uint16_t flags, std::string_view name, std::uint16_t type = 1) {
  std::string message =
      tests::be16(0x1234) + tests::be16(flags) + tests::be16(1) + std::string(6, '\0');
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    message += static_cast<char>(label.size());
    message += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return message + '\0' + tests::be16(type) + tests::be16(1);
}

constexpr std::uint16_t kQuery = 0x0100, kNoSuchName = 0x8183;

struct Resolver {
  bool v6 = false;
  std::uint16_t client_port = 50'000;
  PacketBuilder frame(bool to_server, std::string_view payload) const {
    const auto client = v6 ? kClient6 : kClient, server = v6 ? kServer6 : kServer;
    auto builder = v6 ? ethernet().ipv6(to_server ? client : server, to_server ? server : client)
                      : ethernet().ipv4(to_server ? client : server, to_server ? server : client);
    if (to_server)
      builder.udp(client_port, 53);
    else
      builder.udp(53, client_port);
    builder.payload(payload);
    return builder;
  }
};

}  // namespace

TEST_CASE("a listed address is blocked from the first packet, and told with host and feed") {
  const bool v6 = GENERATE(false, true);
  CAPTURE(v6);
  Office office;
  Connection call;
  if (v6)
    call.client = kClient6, call.server = "2001:db8:bad::7";
  else
    call.server = "198.51.100.66";
  CHECK_FALSE(office.gateway.lan_passes(call.to_server(kSyn)));
  CHECK_FALSE(office.gateway.lan_passes(call.to_server(kSyn)));
  const auto told = office.told();
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("kind":"list","indicator_type":"address")"));
  CHECK(has(told[0], v6 ? R"("host":"2001:db8::1")" : R"("host":"192.0.2.1")"));
  CHECK(has(told[0], v6 ? R"("indicator":"2001:db8:bad::/48")" : R"("indicator":"198.51.100.66")"));
  CHECK(has(told[0], R"("source":"ip feed","confidence":80,"action":"blocked")"));
  CHECK(office.gateway.count("drop.callback_block") == 2);
  CHECK(office.gateway.count("drop.ips_drop") == 0);
  CHECK(office.gateway.count("callback.total") == 1);
}

TEST_CASE("reset tells the caller, monitor only the record") {
  Connection call;
  call.server = "198.51.100.66";
  Office resetting("action: reset");
  const auto fate = resetting.gateway.from(kLanPort, call.to_server(kSyn).build());
  CHECK_FALSE(fate.forwarded);
  CHECK(fate.to_lan.size() == 1);
  CHECK(resetting.gateway.count("drop.callback_reset") == 1);
  Office watching("action: monitor");
  Connection other = call;
  other.client_port = 40'001;
  CHECK(other.open(watching.gateway));
  const auto told = watching.told();
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("action":"monitored")"));
}

TEST_CASE("listed names stop a connection at its hello, listed URLs at their request") {
  Office office;
  Connection tls;
  tls.server_port = 443;
  REQUIRE(tls.open(office.gateway));
  CHECK_FALSE(office.gateway.lan_passes(tls.to_server(kAck | kPsh, hello("c2.evil.example"))));
  auto told = office.told();
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("indicator_type":"domain","indicator":"evil.example")"));
  Connection web;
  web.client_port = 40'001;
  REQUIRE(web.open(office.gateway));
  const auto get = [](std::string_view path) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: shared.example\r\n\r\n";
  };
  CHECK(office.gateway.lan_passes(web.to_server(kAck | kPsh, get("/index"))));
  CHECK_FALSE(office.gateway.lan_passes(web.to_server(kAck | kPsh, get("/gate?id=5"))));
  told = office.told();
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("indicator_type":"url","indicator":"shared.example/gate")"));
}

TEST_CASE("a listed certificate stops a connection whose name says nothing") {
  const bool by_sha1 = GENERATE(false, true);
  CAPTURE(by_sha1);
  const auto handshake = tests::run_handshake({.version = 0x0303, .server_name = nullptr});
  const auto sha256 = snapshot::sha256_hex(std::as_bytes(std::span(handshake.server.der)));
  const auto built = engines::callback::compile_indicators(
      {{IndicatorKind::certificate, by_sha1 ? handshake.server.fingerprint : sha256, "feed", 99}});
  REQUIRE(built);
  REQUIRE(built->refused.empty());
  auto loaded = IndicatorDatabase::load(built->file);
  REQUIRE(loaded);
  Office office;
  office.publish("", {}, std::make_shared<const IndicatorDatabase>(*std::move(loaded)));
  Connection tls;
  tls.server_port = 443;
  REQUIRE(tls.open(office.gateway));
  bool all_passed = true;
  for (const auto& [direction, bytes] : handshake.flights) {
    for (std::string_view rest = bytes; !rest.empty();) {
      const auto part = rest.substr(0, 1200);
      rest.remove_prefix(part.size());
      all_passed &= direction == engines::Direction::to_server
                        ? office.gateway.lan_passes(tls.to_server(kAck | kPsh, part))
                        : office.gateway.wan_passes(tls.to_client(kAck | kPsh, part));
    }
  }
  CHECK_FALSE(all_passed);
  const auto told = office.told();
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("indicator_type":"certificate")"));
}

TEST_CASE("what the policy allows or the profile excludes is not looked up") {
  Office allowing("", "lists: {allow: [198.51.100.66, evil.example]}\n");
  Connection call;
  call.server = "198.51.100.66";
  CHECK(call.open(allowing.gateway));
  Connection named;
  named.client_port = 40'002;
  REQUIRE(named.open(allowing.gateway));
  CHECK(allowing.gateway.lan_passes(named.to_server(kAck | kPsh, hello("evil.example"))));
  Resolver resolver;
  CHECK(allowing.gateway.lan_passes(resolver.frame(true, dns_message(kQuery, "evil.example"))));
  CHECK(allowing.told().empty());
  Office excluding("excluded_hosts: ['*.evil.example']");
  CHECK(excluding.gateway.lan_passes(resolver.frame(true, dns_message(kQuery, "a.evil.example"))));
  CHECK_FALSE(
      excluding.gateway.lan_passes(resolver.frame(true, dns_message(kQuery, "evil.example"))));
  Office off("enabled: false");
  CHECK(off.gateway.lan_passes(resolver.frame(true, dns_message(kQuery, "evil.example"))));
  CHECK(off.told().empty());
}

TEST_CASE("a query for a listed name is refused, or led to the sinkhole, which tells who comes") {
  const bool v6 = GENERATE(false, true);
  CAPTURE(v6);
  const Resolver resolver{.v6 = v6};
  Office refusing;
  auto fate = refusing.gateway.from(
      kLanPort, resolver.frame(true, dns_message(kQuery, "C2.Evil.example")).build());
  CHECK(fate.to_wan.empty());
  REQUIRE(fate.to_lan.size() == 1);
  const auto told = refusing.told();
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("indicator":"evil.example","query":"c2.evil.example")"));
  CHECK(has(told[0], R"("action":"sinkholed")"));
  CHECK(refusing.gateway.count("drop.callback_sinkhole") == 1);
  // Other names of the same resolver go on.
  CHECK(refusing.gateway.lan_passes(resolver.frame(true, dns_message(kQuery, "good.example"))));

  Office leading("sinkhole: [192.0.2.66, '2001:db8::66']");
  fate = leading.gateway.from(
      kLanPort, resolver.frame(true, dns_message(kQuery, "evil.example", v6 ? 28 : 1)).build());
  REQUIRE(fate.to_lan.size() == 1);
  const auto& answer = fate.to_lan[0];
  const std::string tail(answer.end() - (v6 ? 16 : 4), answer.end());
  const auto address = *parse_ip_address(v6 ? "2001:db8::66" : "192.0.2.66");
  CHECK(tail == std::string(address.bytes.begin() + (v6 ? 0 : 12), address.bytes.end()));
  leading.told();
  Connection infected;
  if (v6)
    infected.client = kClient6, infected.server = "2001:db8::66";
  else
    infected.server = "192.0.2.66";
  CHECK_FALSE(leading.gateway.lan_passes(infected.to_server(kSyn)));
  const auto comers = leading.told();
  REQUIRE(comers.size() == 1);
  CHECK(has(comers[0], R"("indicator_type":"sinkhole")"));
}

TEST_CASE("a host that asks for generated names is told, and refused where the profile says so") {
  const bool blocks = GENERATE(false, true);
  CAPTURE(blocks);
  Office office(blocks ? "block_detected: true" : "");
  const Resolver resolver;
  std::mt19937_64 random(9);
  const auto& gameover = tests::dga_families()[2];
  for (int i = 0; i < 20; ++i) {
    const auto name = gameover.make(random);
    if (!office.gateway.lan_passes(resolver.frame(true, dns_message(kQuery, name)))) break;
    office.gateway.wan_passes(resolver.frame(false, dns_message(kNoSuchName, name)));
  }
  const auto told = office.told();
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("kind":"dga")"));
  CHECK(has(told[0], R"("names":12)"));
  const auto next = gameover.make(random);
  CHECK(office.gateway.lan_passes(resolver.frame(true, dns_message(kQuery, next))) != blocks);
  CHECK(office.gateway.lan_passes(resolver.frame(true, dns_message(kQuery, "www.example.com"))));
}

TEST_CASE("a host that calls every minute is told, by connections and by bursts in one") {
  const bool in_one = GENERATE(false, true);
  CAPTURE(in_one);
  Office office;
  Connection call;
  call.server_port = 8443;
  if (in_one) REQUIRE(call.open(office.gateway));
  for (int i = 0; i < 13; ++i) {
    office.gateway.harness().advance_seconds(60 + static_cast<std::uint64_t>(i % 3) * 9);
    if (!in_one) {
      call = {};
      call.server_port = 8443;
      call.client_port = static_cast<std::uint16_t>(41'000 + i);
      REQUIRE(call.open(office.gateway));
    }
    CHECK(office.gateway.lan_passes(call.to_server(kAck | kPsh, "anything new?")));
    CHECK(office.gateway.wan_passes(call.to_client(kAck | kPsh, "no")));
    if (!in_one) office.gateway.lan_passes(call.to_server(kRst | kAck));
  }
  const auto told = office.told();
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("kind":"beacon","indicator_type":"address","indicator":"198.51.100.2")"));
  CHECK(has(told[0], R"("host":"192.0.2.1")"));
  CHECK(has(told[0], R"("action":"monitored")"));
  REQUIRE(office.gateway.worker().callbacks().size() == 1);
  CHECK(office.gateway.worker().callbacks()[0].host == *parse_ip_address("192.0.2.1"));
}

TEST_CASE("callbacks of hosts are counted by the minute, and those of an hour ago are forgotten") {
  CallbackCounts counts;
  const auto host = *parse_ip_address("192.0.2.1");
  constexpr std::uint64_t kMinute = 60'000'000'000;
  for (std::uint64_t minute = 100; minute < 220; minute += 10) counts.add(host, minute * kMinute);
  REQUIRE(counts.hosts().size() == 1);
  CHECK(counts.hosts()[0].in_last_hour(210) == 6);
  CHECK(counts.hosts()[0].in_last_hour(240) == 3);
  CHECK(counts.hosts()[0].in_last_hour(400) == 0);
  for (std::uint32_t i = 0; i < 2 * CallbackCounts::kHosts; ++i)
    counts.add(IpAddress::from_v4(i), 230 * kMinute + i);
  CHECK(counts.hosts().size() == CallbackCounts::kHosts);
}
