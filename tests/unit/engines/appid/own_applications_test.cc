#include "engines/appid/own_applications.h"

#include <array>
#include <catch2/catch.hpp>
#include <random>

#include "engines/appid/appid.h"
#include "rules/applications/catalogue.h"

using namespace sekisho;
using namespace sekisho::engines;

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17, kIcmp = 1;

/// A policy's objects, compiled and loaded as the compiler child and the loader do it.
struct Loaded {
  explicit Loaded(const std::string& applications) {
    auto read = policy::load_yaml("version: 1\nobjects: {applications: [" + applications + "]}\n");
    REQUIRE(std::holds_alternative<policy::LoadedPolicy>(read));
    policy = std::get<policy::LoadedPolicy>(std::move(read)).policy;
    Diagnostics warnings;
    auto compiled = appid::kSpec.compile({.policy = policy}, warnings);
    REQUIRE(std::holds_alternative<Artifact>(compiled));
    artifact = std::get<Artifact>(std::move(compiled));
    auto loaded = appid::kSpec.load(artifact);
    REQUIRE(loaded);
    ruleset = *std::move(loaded);
  }
  const appid::OwnApplications& own() const { return appid::own_applications(*ruleset); }
  std::string name_of(ApplicationId id) const {
    if (OwnApplication::is_own(id)) return policy.applications[OwnApplication::index_of(id)].name;
    const auto* known = rules::application(id);
    return known == nullptr ? "" : std::string(known->name);
  }
  std::string server(const char* address, std::uint8_t protocol, std::uint16_t port) const {
    return name_of(own().find(*parse_ip_address(address), protocol, port));
  }
  std::string host(std::string_view host) const { return name_of(own().hosts().find(host)); }

  policy::Policy policy;
  Artifact artifact;
  std::unique_ptr<const Ruleset> ruleset;
};

std::string tls_record(std::string_view after = "") {
  // A ClientHello of 0x2c bytes without extensions.
  std::string hello("\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03", 11);
  hello += std::string(32, 'r');
  hello += std::string("\x00\x00\x02\x13\x01\x01\x00", 7);
  return hello + std::string(after);
}

}  // namespace

TEST_CASE("an own application is told by its server's address and port") {
  const Loaded loaded(
      "{name: erp, servers: [{addresses: [10.1.2.3, '2001:db8::/64'], services: [tcp/8443, "
      "udp/5000-5100]}]}, {name: print, servers: [{services: tcp/9100}]}, "
      "{name: host, servers: [{addresses: 10.9.0.0-10.9.0.255}]}");
  for (const auto* server : {"10.1.2.3", "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"}) {
    CAPTURE(server);
    CHECK(loaded.server(server, kTcp, 8443) == "erp");
    CHECK(loaded.server(server, kUdp, 8443) == "");
    CHECK(loaded.server(server, kUdp, 5000) == "erp");
    CHECK(loaded.server(server, kUdp, 5050) == "erp");
    CHECK(loaded.server(server, kUdp, 5100) == "erp");
    CHECK(loaded.server(server, kUdp, 5101) == "");
    CHECK(loaded.server(server, kUdp, 4999) == "");
    CHECK(loaded.server(server, kTcp, 9100) == "print");
    CHECK(loaded.server(server, kIcmp, 0) == "");
  }
  CHECK(loaded.server("10.1.2.4", kTcp, 8443) == "");
  CHECK(loaded.server("10.1.2.2", kTcp, 8443) == "");
  CHECK(loaded.server("2001:db8:0:1::", kTcp, 8443) == "");
  CHECK(loaded.server("192.0.2.1", kTcp, 9100) == "print");
  CHECK(loaded.server("::", kTcp, 9100) == "print");
  CHECK(loaded.server("192.0.2.1", kUdp, 9100) == "");
  for (const auto port : {1, 9100, 65535})
    CHECK(loaded.server("10.9.0.255", kTcp, static_cast<std::uint16_t>(port)) == "host");
  CHECK(loaded.server("10.9.0.0", kIcmp, 0) == "host");
  CHECK(loaded.server("10.9.1.0", kIcmp, 0) == "");
}

TEST_CASE("ranges up to the last address and port are whole") {
  const Loaded loaded(
      "{name: four, servers: [{addresses: 255.255.255.0/24, services: udp/65000-65535}]}, "
      "{name: six, servers: [{addresses: '::/0', services: tcp/any}]}");
  CHECK(loaded.server("255.255.255.255", kUdp, 65535) == "four");
  CHECK(loaded.server("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", kTcp, 65535) == "six");
  CHECK(loaded.server("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", kUdp, 1) == "");
  // ::/0 is of IPv6 alone, however an IPv4 address is held.
  CHECK(loaded.server("192.0.2.1", kTcp, 80) == "");
}

TEST_CASE("the more an entry says the more it counts, then the narrower one") {
  const Loaded loaded(
      "{name: net, servers: [{addresses: 10.0.0.0/8}]}, {name: port, servers: [{services: "
      "tcp/443}]}, {name: wide, servers: [{addresses: 10.1.0.0/16, services: tcp/400-500}]}, "
      "{name: narrow, servers: [{addresses: 10.1.2.0/24, services: tcp/400-500}]}, "
      "{name: exact, servers: [{addresses: 10.1.2.0/24, services: tcp/443}]}, "
      "{name: later, servers: [{addresses: 10.1.2.0/24, services: tcp/443}]}, "
      "{name: host, servers: [{addresses: 10.1.2.3}]}");
  CHECK(loaded.server("10.1.2.3", kTcp, 443) == "exact");
  CHECK(loaded.server("10.1.2.3", kTcp, 444) == "narrow");
  CHECK(loaded.server("10.1.3.3", kTcp, 443) == "wide");
  CHECK(loaded.server("10.1.2.3", kTcp, 80) == "host");
  CHECK(loaded.server("10.1.2.4", kTcp, 80) == "net");
  CHECK(loaded.server("10.2.0.1", kTcp, 443) == "net");
  CHECK(loaded.server("192.0.2.1", kTcp, 443) == "port");
}

TEST_CASE("servers are found as by trying every entry in its order") {
  std::mt19937 random(7);
  const auto below = [&](unsigned count) { return static_cast<unsigned>(random() % count); };
  for (int round = 0; round < 40; ++round) {
    struct Entry {
      unsigned first, last, port, last_port, application;
      bool any_address, any_port;
    };
    std::vector<Entry> entries;
    std::string text;
    for (unsigned i = 0; i < 12; ++i) {
      Entry e{below(60), 0, below(60), 0, i, below(4) == 0, false};
      e.last = e.first + below(8);
      e.last_port = e.port + below(8);
      e.any_port = !e.any_address && below(3) == 0;
      entries.push_back(e);
      text += (i == 0 ? "{name: a" : ", {name: a") + std::to_string(i) + ", servers: [{";
      if (!e.any_address)
        text +=
            "addresses: 10.0.0." + std::to_string(e.first) + "-10.0.0." + std::to_string(e.last);
      if (!e.any_address && !e.any_port) text += ", ";
      if (!e.any_port)
        text +=
            "services: tcp/" + std::to_string(e.port + 1) + "-" + std::to_string(e.last_port + 1);
      text += "}]}";
    }
    const Loaded loaded(text);
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& x, const Entry& y) {
      const auto rank = [](const Entry& e) { return e.any_address ? 2 : e.any_port ? 1 : 0; };
      if (rank(x) != rank(y)) return rank(x) < rank(y);
      const auto width = [](const Entry& e) { return e.any_address ? 0 : e.last - e.first; };
      const auto ports = [](const Entry& e) { return e.any_port ? 0 : e.last_port - e.port; };
      return std::pair(width(x), ports(x)) < std::pair(width(y), ports(y));
    });
    for (unsigned address = 0; address < 70; ++address)
      for (unsigned port = 0; port < 70; ++port) {
        const auto fits = [&](const Entry& e) {
          return (e.any_address || (e.first <= address && address <= e.last)) &&
                 (e.any_port || (e.port <= port && port <= e.last_port));
        };
        const auto found = std::find_if(entries.begin(), entries.end(), fits);
        const auto expected =
            found == entries.end() ? "" : "a" + std::to_string(found->application);
        const auto is = loaded.name_of(loaded.own().find(
            IpAddress::from_v4(0x0a000000 + address), kTcp, static_cast<std::uint16_t>(port + 1)));
        if (is != expected) {
          CAPTURE(text, address, port);
          REQUIRE(is == expected);
        }
      }
  }
}

TEST_CASE("own hosts stand beside the catalogue's: the longest suffix, of equal ones the own") {
  const Loaded loaded(
      "{name: one, hosts: [erp.example.com]}, {name: below, hosts: ['*.example.com', "
      "'*.youtube.com', mail.google.com, '*.com']}");
  CHECK(loaded.host("erp.example.com") == "one");
  CHECK(loaded.host("ERP.Example.com.") == "one");
  CHECK(loaded.host("x.erp.example.com") == "below");
  CHECK(loaded.host("example.com") == "below");  // by *.com
  CHECK(loaded.host("notexample.test") == "");
  CHECK(loaded.host("www.youtube.com") == "below");
  CHECK(loaded.host("youtube.com") == "youtube");         // *.youtube.com is not for it
  CHECK(loaded.host("upload.youtube.com") == "youtube");  // the catalogue's is longer
  CHECK(loaded.host("mail.google.com") == "below");
  CHECK(loaded.host("x.mail.google.com") == "gmail");  // mail.google.com is for itself alone
  CHECK(loaded.host("www.netflix.com") == "netflix");
}

TEST_CASE("without own applications nothing is told by ends, hosts are the catalogue's") {
  const Loaded loaded("");
  CHECK(loaded.server("10.1.2.3", kTcp, 443) == "");
  CHECK(loaded.host("www.youtube.com") == "youtube");
  CHECK(loaded.own().size() == 0);
}

TEST_CASE("an application keeps its key over policies, whatever its number") {
  const Loaded before("{name: a, hosts: a.test}, {name: b, hosts: b.test}");
  const Loaded after("{name: b, hosts: b.test}");
  const auto key = before.own().key_of(OwnApplication::id_of(1));
  CHECK(key == OwnApplication::key_of("b"));
  CHECK(after.own().id_of(key) == OwnApplication::id_of(0));
  CHECK(after.own().id_of(OwnApplication::key_of("a")) == 0);
  CHECK(after.own().key_of(OwnApplication::id_of(1)) == 0);
  CHECK(after.own().key_of(42) == 0);
}

TEST_CASE("of a flow whose ends told it the protocol is still looked for, nothing else") {
  const Loaded loaded("{name: erp, hosts: a.test}");
  const auto engine = appid::kSpec.make(*loaded.ruleset);
  std::array<std::uint8_t, 8> state{};
  Facts facts;
  const auto say = [&](bool to_server, std::string_view text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    Inspection inspection;
    inspection.payload = bytes;
    inspection.to_server = to_server;
    inspection.facts = &facts;
    inspection.flow_state = state.data();
    engine->inspect({&inspection, 1});
    return inspection.facts_changed;
  };
  const auto restart = [&](std::uint8_t protocol) {
    state = {};
    facts = {};
    facts.protocol = protocol;
    facts.destination_port = 8443;
    facts.application = OwnApplication::id_of(0);
    facts.application_known = Knowledge::known;
    facts.told_by_ends = facts.carrier_awaited = true;
  };
  restart(kTcp);
  CHECK_FALSE(say(true, ""));
  CHECK(say(true, tls_record()));
  CHECK(loaded.name_of(facts.carrier) == "tls");
  CHECK(loaded.name_of(facts.application) == "erp");
  CHECK_FALSE(facts.carrier_awaited);
  CHECK_FALSE(say(true, "GET / HTTP/1.1\r\n\r\n"));

  restart(kTcp);  // a catalogue's host changes nothing
  CHECK(say(true, "GET / HTTP/1.1\r\nHost: www.youtube.com\r\n\r\n"));
  CHECK(loaded.name_of(facts.carrier) == "http");
  CHECK(loaded.name_of(facts.application) == "erp");

  restart(kIcmp);
  CHECK(say(true, ""));
  CHECK(loaded.name_of(facts.carrier) == "icmp");

  restart(kTcp);  // what is never recognised comes to an end
  int payloads = 1;
  while (!say(payloads % 2 == 0, "\x01\x02\x03???")) REQUIRE(++payloads < 9);
  CHECK(facts.carrier == 0);
  CHECK_FALSE(facts.carrier_awaited);
  CHECK(facts.application_known == Knowledge::known);
}

TEST_CASE("an own host names a flow, with the protocol as its carrier") {
  const Loaded loaded("{name: erp, hosts: ['*.erp.test', www.youtube.com]}");
  const auto engine = appid::kSpec.make(*loaded.ruleset);
  for (const auto* host : {"a.erp.test", "WWW.youtube.com"}) {
    std::array<std::uint8_t, 8> state{};
    Facts facts;
    facts.protocol = kTcp;
    facts.destination_port = 80;
    const auto text = "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    Inspection inspection;
    inspection.payload = bytes;
    inspection.facts = &facts;
    inspection.flow_state = state.data();
    engine->inspect({&inspection, 1});
    CHECK(loaded.name_of(facts.application) == "erp");
    CHECK(loaded.name_of(facts.carrier) == "http");
  }
}

TEST_CASE("a damaged section is refused or answers within bounds") {
  const Loaded loaded(
      "{name: erp, hosts: [a.test, '*.b.test'], servers: [{addresses: [10.1.2.3, '2001:db8::/64'], "
      "services: [tcp/8443, udp/5000-5100]}, {services: tcp/9100}]}");
  // Most of the 300 KiB is the database of patterns, which load() does not look into.
  const auto next = [](std::size_t at) { return at + (at < 4096 ? 1 : 61); };
  for (std::size_t size = 0; size < loaded.artifact.size(); size = next(size))
    CHECK_FALSE(appid::OwnApplications::load(std::span(loaded.artifact).first(size)));
  const std::array<IpAddress, 4> addresses{
      *parse_ip_address("10.1.2.3"), *parse_ip_address("2001:db8::1"),
      *parse_ip_address("255.255.255.255"), *parse_ip_address("::")};
  constexpr std::array<std::uint16_t, 4> kPorts{0, 5050, 8443, 65535};
  std::size_t refused = 0;
  std::size_t unheard_of = 0;
  auto damaged = loaded.artifact;
  for (std::size_t at = 0; at < damaged.size(); at = next(at)) {
    for (const auto value : {0x00, 0x01, 0x7f, 0xff}) {
      damaged[at] = static_cast<std::byte>(value);
      const auto own = appid::OwnApplications::load(damaged);
      if (!own) {
        ++refused;
        continue;
      }
      for (const auto& address : addresses)
        for (const auto port : kPorts) {
          const auto found = (*own)->find(address, kTcp, port);
          if (found != 0 && found != OwnApplication::id_of(0)) ++unheard_of;
        }
      static_cast<void>((*own)->hosts().find("x.b.test"));
    }
    damaged[at] = loaded.artifact[at];
  }
  CHECK(unheard_of == 0);
  CHECK(refused > 100);
}
