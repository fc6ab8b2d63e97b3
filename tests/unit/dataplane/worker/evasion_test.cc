// Flows that contradict themselves, and flows that name nobody.
#include <span>

#include "../../engines/protocols/hello_builder.h"
#include "../../engines/protocols/tls_handshake.h"
#include "config/events/eve.h"
#include "engines/callback/indicators.h"
#include "inspected.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

/// `applications`: settings of the profile's section, without anything else that looks into flows.
std::string evasion_policy(const std::string& applications, bool log = true,
                           const std::string& more = {}) {
  return "version: 1\n" + more +
         "profiles: [{name: p, ips: {enabled: false}, web_reputation: {enabled: false},"
         " callbacks: {enabled: false}, applications: {" +
         applications + "}}]\nrules: [{name: r, action: allow, log: " + (log ? "true" : "false") +
         ", profile: p}]\n";
}

struct Watched {
  explicit Watched(const std::string& policy) : gateway({}, inspecting()) {
    gateway.harness().publish_policy(gateway.harness().load(tests::compile_snapshot(policy)));
  }
  /// Lines of EVE with `what` since the last call.
  std::vector<std::string> told(std::string_view what) {
    const events::EveNames names{
        .rule = [](std::uint32_t, events::RuleNumber) { return std::string("r"); },
        .application = [](std::uint16_t) { return std::string(); },
        .port = [](std::uint8_t) { return std::string(); }};
    const auto records = gateway.harness().take_events();
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < records.size();) {
      auto next = events::next_eve(std::span(records).subspan(at), names);
      if (has(next.line, what)) lines.push_back(std::move(next.line));
      at += next.taken;
    }
    return lines;
  }
  std::vector<std::string> evasions() { return told(R"("event_type":"evasion")"); }
  Gateway gateway;
};

struct Talker {
  explicit Talker(Gateway& to, std::uint16_t port, bool v6 = false) : gateway(to) {
    static std::uint16_t next_port = 36'000;
    connection.client_port = next_port++;
    connection.server_port = port;
    if (v6) connection.client = kClient6, connection.server = kServer6;
    REQUIRE(connection.open(gateway));
  }
  bool says(std::string_view text) {
    return gateway.lan_passes(connection.to_server(kAck | kPsh, text));
  }
  bool hears(std::string_view text) {
    return gateway.wan_passes(connection.to_client(kAck | kPsh, text));
  }
  Gateway& gateway;
  Connection connection;
};

std::string hello_for(const std::string& name) {
  sekisho::tests::HelloBuilder builder;
  builder.ciphers = {0x1301};
  if (!name.empty()) builder.add_server_name(name);
  const auto message = builder.message();
  return tests::bytes_of({22, 3, 1}) + tests::be16(message.size()) + message;
}

std::string proxied(const std::string& target, const std::string& host) {
  return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
}

constexpr std::string_view kSshBanner = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n";

/// A question for an address and its answer, the server of Connection.
void resolve(Gateway& gateway, const std::string& wire_name, bool v6) {
  const std::string type = tests::be16(v6 ? 28 : 1);
  const auto message = [&](int flags, int answers) {
    return tests::be16(7) + tests::be16(static_cast<std::size_t>(flags)) + tests::be16(1) +
           tests::be16(static_cast<std::size_t>(answers)) + std::string(4, '\0') + wire_name +
           '\0' + type + tests::be16(1);
  };
  const auto server = parse_ip_address(v6 ? kServer6 : kServer);
  REQUIRE(server);
  const std::string bytes(reinterpret_cast<const char*>(server->bytes.data()), 16);
  const auto address = v6 ? bytes : bytes.substr(12);
  REQUIRE(gateway.lan_passes(
      ethernet().ipv4(kClient, "198.51.100.53").udp(40'053, 53).payload(message(0x0100, 0))));
  REQUIRE(gateway.wan_passes(ethernet()
                                 .ipv4("198.51.100.53", kClient)
                                 .udp(53, 40'053)
                                 .payload(message(0x8180, 1) + tests::be16(0xc00c) + type +
                                          tests::be16(1) + std::string(2, '\0') + tests::be16(300) +
                                          tests::be16(address.size()) + address)));
}

}  // namespace

TEST_CASE("a flow that contradicts itself passes and is told once of each kind") {
  const bool v6 = GENERATE(false, true);
  CAPTURE(v6);
  Watched office(evasion_policy(""));
  Talker talker(office.gateway, 80, v6);
  for (const auto* host : {"b.test", "c.test"}) {
    CHECK(talker.says(proxied("http://a.test/", host)));
    CHECK(talker.hears("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  }
  const auto told = office.evasions();
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], std::string(R"("evasion":{"host":")") + (v6 ? kClient6 : kClient).data() +
                         R"(","kind":"host_mismatch","claimed":"a.test","actual":"b.test",)"
                         R"("action":"logged"})"));
  CHECK(office.gateway.count("evasion.total") == 1);
  CHECK(office.gateway.count("evasion.blocked") == 0);
}

TEST_CASE(
    "block refuses the flow from the packet on that contradicts it, and the policy names why") {
  const bool v6 = GENERATE(false, true);
  CAPTURE(v6);
  Watched office(evasion_policy("evasion: block"));
  Talker honest(office.gateway, 443, v6);
  CHECK(honest.says(hello_for("www.example.com")));
  Talker talker(office.gateway, 443, v6);
  CHECK_FALSE(talker.says(hello_for("192.0.2.7")));
  CHECK_FALSE(talker.says("more"));
  const auto told = office.told("evasion");
  REQUIRE(told.size() == 2);
  CHECK(has(told[0], R"("kind":"invalid_server_name","claimed":"192.0.2.7","action":"blocked"})"));
  CHECK(has(told[1], R"("event_type":"policy")"));
  CHECK(has(told[1], R"("action":"block","rejudged":false,"cause":"evasion")"));
  CHECK(office.gateway.count("evasion.blocked") == 1);
  CHECK(honest.says("\x17\x03\x03"));
}

TEST_CASE("a flow that is refused for one of its names is told all the same") {
  Watched office(evasion_policy("", false, "lists: {block: [casino.test]}\n"));
  Talker talker(office.gateway, 80);
  CHECK_FALSE(talker.says(proxied("http://casino.test/", "shop.test")));
  const auto told = office.evasions();
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("claimed":"casino.test","actual":"shop.test","action":"logged"})"));
}

TEST_CASE("off tells nothing") {
  Watched office(evasion_policy("evasion: off"));
  Talker talker(office.gateway, 443);
  CHECK(talker.says(hello_for("192.0.2.7")));
  Talker other(office.gateway, 443);
  CHECK(other.says(kSshBanner));
  CHECK(office.evasions().empty());
  CHECK(office.gateway.count("evasion.total") == 0);
}

TEST_CASE("a protocol on another one's port is told, one at home or nowhere is not") {
  const bool v6 = GENERATE(false, true);
  const bool blocks = GENERATE(false, true);
  CAPTURE(v6, blocks);
  Watched office(evasion_policy(blocks ? "evasion: block" : ""));
  for (const auto port : std::to_array<std::uint16_t>({22, 2222})) {
    Talker fine(office.gateway, port, v6);
    CHECK(fine.says(kSshBanner));
    CHECK(fine.hears(kSshBanner));
  }
  CHECK(office.evasions().empty());
  Talker talker(office.gateway, 443, v6);
  static_cast<void>(talker.says(kSshBanner));
  static_cast<void>(talker.hears(kSshBanner));
  CHECK(talker.says("x") == !blocks);
  const auto told = office.evasions();
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("kind":"foreign_port","claimed":"tls","actual":"ssh")"));
}

TEST_CASE("a protocol that is refused for its port is so in the log's last line") {
  Watched office(evasion_policy("evasion: block"));
  const std::string handshake = tests::bytes_of({1, 0, 0, 0}) + std::string(144, 'w');  // WireGuard
  CHECK_FALSE(office.gateway.lan_passes(
      ethernet().ipv4(kClient, kServer).udp(40'001, 53).payload(handshake)));
  const auto told = office.told(R"("event_type":"policy")");
  REQUIRE_FALSE(told.empty());
  CHECK(has(told.back(), R"("cause":"evasion")"));
}

TEST_CASE("a connection whose beginning was not seen is asked for no port") {
  Watched office(evasion_policy("evasion: block"));
  CHECK(office.gateway.lan_passes(ethernet()
                                      .ipv4(kClient, kServer)
                                      .tcp(40'002, 443, kAck | kPsh, 1000, 2000)
                                      .payload(kSshBanner)));
  CHECK(office.evasions().empty());
}

TEST_CASE("a server's own address in the place of its name is no contradiction") {
  const bool v6 = GENERATE(false, true);
  CAPTURE(v6);
  Watched office(evasion_policy("evasion: block"));
  Talker fine(office.gateway, 443, v6);
  CHECK(fine.says(hello_for(std::string(v6 ? kServer6 : kServer))));
  CHECK(office.evasions().empty());
  Talker other(office.gateway, 443, v6);
  CHECK_FALSE(other.says(hello_for("192.0.2.7")));
}

TEST_CASE("who comes from outside to a published server evades nothing") {
  Watched office(evasion_policy("evasion: block"));
  Connection visit;
  std::swap(visit.client, visit.server);
  visit.server_port = 443;
  CHECK(office.gateway.wan_passes(visit.to_server(kSyn)));
  CHECK(office.gateway.lan_passes(visit.to_client(kSyn | kAck)));
  CHECK(office.gateway.wan_passes(visit.to_server(kAck)));
  CHECK(office.gateway.wan_passes(visit.to_server(kAck | kPsh, kSshBanner)));
  CHECK(office.gateway.lan_passes(visit.to_client(kAck | kPsh, kSshBanner)));
  CHECK(office.evasions().empty());
}

TEST_CASE("a server whose address is on the allow list may contradict itself") {
  Watched office(
      evasion_policy("evasion: block", true, "lists: {allow: [" + std::string(kServer) + "]}\n"));
  Talker talker(office.gateway, 443);
  CHECK(talker.says(hello_for("192.0.2.7")));
  CHECK(office.evasions().empty());
}

TEST_CASE("what is told of evasion a second is bounded, the rest is counted") {
  Watched office(evasion_policy("", false));
  for (int i = 0; i < 300; ++i) {
    Talker talker(office.gateway, 443);
    CHECK(talker.says(hello_for("192.0.2.7")));
  }
  CHECK(office.gateway.count("evasion.total") == 300);
  const auto untold = office.gateway.count("evasion.untold");
  CHECK(untold > 0);
  CHECK(office.evasions().size() == 300 - untold);
}

TEST_CASE("TLS without a server's name is judged by the name that its client asked DNS for") {
  const bool v6 = GENERATE(false, true);
  CAPTURE(v6);
  Watched office("version: 1\nlists: {block: [casino.test]}\nrules: [{name: r, action: allow}]\n");
  Talker before(office.gateway, 443, v6);
  CHECK(before.says(hello_for("")));
  resolve(office.gateway, "\6casino\4test", v6);
  Talker nameless(office.gateway, 443, v6);
  CHECK_FALSE(nameless.says(hello_for("")));
  const auto told = office.told(R"("list":"block")");
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("url":"https://casino.test/")"));
  Talker named(office.gateway, 443, v6);  // who names somebody is judged by that
  CHECK(named.says(hello_for("shop.test")));
  resolve(office.gateway, "\4shop\4test", v6);
  Talker neighbour(office.gateway, 443, v6);
  CHECK(neighbour.says(hello_for("")));
}

TEST_CASE("a request for the server's address is judged by the name asked for, too") {
  Watched office(
      "version: 1\nlists: {block: [casino.test/bets]}\nrules: [{name: r, action: allow}]\n");
  resolve(office.gateway, "\6casino\4test", false);
  Talker talker(office.gateway, 80);
  CHECK(talker.says(proxied("/news", std::string(kServer))));
  CHECK(talker.hears("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  CHECK_FALSE(talker.says(proxied("/bets", std::string(kServer))));
}

TEST_CASE("TLS without a server's name is the application of the name that was asked for") {
  Watched office(
      "version: 1\nlists: {block: [casino.test]}\nrules:\n"
      "- {name: y, action: block, content: {applications: [youtube]}}\n"
      "- {name: r, action: allow}\n");
  Talker before(office.gateway, 443);
  CHECK(before.says(hello_for("")));
  resolve(office.gateway, "\7youtube\3com", false);
  Talker nameless(office.gateway, 443);
  CHECK_FALSE(nameless.says(hello_for("")));
}

TEST_CASE("a name that was asked for hides no published address") {
  Watched office("version: 1\nrules: [{name: r, action: allow}]\n");
  const auto built = engines::callback::compile_indicators(
      {{engines::callback::IndicatorKind::url, "http://" + std::string(kServer) + "/gate", "f",
        90}});
  REQUIRE(built);
  auto loaded = engines::callback::IndicatorDatabase::load(built->file);
  REQUIRE(loaded);
  auto policy = office.gateway.harness().load(
      tests::compile_snapshot("version: 1\nprofiles: [{name: p, callbacks: {}}]\n"
                              "rules: [{name: r, action: allow, profile: p}]\n"));
  policy->use_indicators(
      std::make_shared<const engines::callback::IndicatorDatabase>(*std::move(loaded)));
  office.gateway.harness().publish_policy(std::move(policy));
  resolve(office.gateway, "\6casino\4test", false);
  Talker talker(office.gateway, 80);
  CHECK_FALSE(talker.says(proxied("/gate", std::string(kServer))));
  CHECK(office.told(R"("event_type":"callback")").size() == 1);
}

TEST_CASE("a server that has a verdict of its own keeps it") {
  Watched office("version: 1\nlists: {block: [casino.test], allow: ['" + std::string(kServer) +
                 "']}\nrules: [{name: r, action: allow}]\n");
  resolve(office.gateway, "\6casino\4test", false);
  Talker talker(office.gateway, 443);
  CHECK(talker.says(hello_for("")));
}
