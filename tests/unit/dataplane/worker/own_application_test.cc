// Flows of the administrator's own applications, and what a change of the policy makes of them.
#include "config/base/own_application.h"
#include "../../engines/protocols/hello_builder.h"
#include "dataplane/worker/bandwidth_table.h"
#include "inspected.h"
#include "rules/applications/catalogue.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kFine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string own_policy(const std::string& applications, const std::string& rules) {
  return "version: 1\nobjects: {applications: [" + applications + "]}\nrules: [" + rules + "]\n";
}

void put_in_force(Gateway& gateway, const std::string& policy) {
  gateway.harness().publish_policy(gateway.harness().load(tests::compile_snapshot(policy)));
}

std::string ask(std::string_view host) {
  return "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
}

std::string client_hello(const std::string& name) {
  sekisho::tests::HelloBuilder builder;
  builder.ciphers = {0x1301};
  builder.add_server_name(name);
  const auto message = builder.message();
  return tests::bytes_of({22, 3, 1}) + tests::be16(message.size()) + message;
}

/// A connection of its own for each.
struct Caller {
  explicit Caller(Gateway& to, std::uint16_t port = 80, bool v6 = false) : gateway(to) {
    static std::uint16_t next_port = 33'000;
    connection.client_port = next_port++;
    connection.server_port = port;
    if (v6) connection.client = kClient6, connection.server = kServer6;
  }
  bool opens() { return connection.open(gateway); }
  bool asks(std::string_view text) {
    return gateway.lan_passes(connection.to_server(kAck | kPsh, text));
  }
  bool is_answered(std::string_view text = kFine) {
    return gateway.wan_passes(connection.to_client(kAck | kPsh, text));
  }
  Gateway& gateway;
  Connection connection;
};

/// "application carrier", by id, of each flow record since the last call.
std::vector<std::string> told_flows(Gateway& gateway) {
  gateway.worker().end_flows(0, 4096, events::FlowEndReason::shutdown);
  std::vector<std::string> told;
  for (const auto& record : gateway.take_events(events::EventType::flow)) {
    const auto* carrier = rules::application(record.flow.carrier);
    told.push_back(std::to_string(record.flow.application) + " " +
                   (carrier == nullptr ? "-" : std::string(carrier->name)));
  }
  return told;
}

std::vector<std::uint32_t> accounted(Gateway& gateway) {
  auto table = std::make_unique<BandwidthTable>(1);
  gateway.worker().exchange_bandwidth(table);
  std::vector<std::uint32_t> applications;
  for (const auto& entry : table->entries())
    if (entry.traffic.bytes() != 0) applications.push_back(entry.key.application);
  std::sort(applications.begin(), applications.end());
  return applications;
}

const std::string kBlockErp = "{name: r, action: block, content: {applications: [erp]}}";
const std::string kAllowErp =
    "{name: erp, action: allow, content: {applications: [erp]}}, {name: rest, action: block}";

}  // namespace

TEST_CASE("what the server tells is blocked with the first packet, and allowed likewise") {
  const bool v6 = GENERATE(false, true);
  const bool inspects = GENERATE(false, true);
  CAPTURE(v6, inspects);
  const auto server = std::string(v6 ? kServer6 : kServer);
  const auto erp = "{name: erp, servers: [{addresses: '" + server + "', services: tcp/8443}]}";
  Gateway gateway(kAllowAll, inspects ? inspecting() : HarnessOptions{});
  put_in_force(gateway, own_policy(erp, kBlockErp));
  Caller bad(gateway, 8443, v6);
  CHECK_FALSE(gateway.lan_passes(bad.connection.to_server(kSyn)));
  Caller other(gateway, 8080, v6);
  CHECK(other.opens());

  put_in_force(gateway, own_policy(erp, kAllowErp));
  Caller good(gateway, 8443, v6);
  REQUIRE(good.opens());
  CHECK(good.asks(client_hello("www.youtube.com")));  // whatever TLS calls it
  Caller refused(gateway, 8080, v6);
  const bool opened = gateway.lan_passes(refused.connection.to_server(kSyn));
  CHECK_FALSE((opened && refused.asks(client_hello("www.youtube.com"))));
}

TEST_CASE("the protocol is told beside it, and rules on it match") {
  const bool inspects = GENERATE(false, true);
  CAPTURE(inspects);
  Gateway gateway(kAllowAll, inspects ? inspecting() : HarnessOptions{});
  const std::string erp = "{name: erp, servers: [{services: tcp/8443}]}";
  put_in_force(gateway, own_policy(erp, "{name: all, action: allow}"));
  Caller caller(gateway, 8443);
  REQUIRE(caller.opens());
  REQUIRE(caller.asks(client_hello("www.youtube.com")));
  CHECK(told_flows(gateway) == std::vector<std::string>{"60000 tls"});

  put_in_force(gateway, own_policy(erp,
                                   "{name: no tls, action: block, content: {applications: [tls]}}, "
                                   "{name: erp, action: allow, content: {applications: [erp]}}"));
  Caller spoken(gateway, 8443);
  REQUIRE(spoken.opens());
  CHECK_FALSE(spoken.asks(client_hello("a.test")));
  Caller plain(gateway, 8443);
  REQUIRE(plain.opens());
  CHECK(plain.asks(ask("a.test")));
}

TEST_CASE("own hosts tell requests and hellos, before those of the catalogue") {
  const bool inspects = GENERATE(false, true);
  CAPTURE(inspects);
  Gateway gateway(kAllowAll, inspects ? inspecting() : HarnessOptions{});
  put_in_force(gateway,
               own_policy("{name: erp, hosts: ['*.erp.test', www.youtube.com]}", kBlockErp));
  for (const auto* host : {"a.erp.test", "www.youtube.com"}) {
    CAPTURE(host);
    Caller http(gateway);
    REQUIRE(http.opens());
    CHECK_FALSE(http.asks(ask(host)));
    Caller tls(gateway, 443);
    REQUIRE(tls.opens());
    CHECK_FALSE(tls.asks(client_hello(host)));
  }
  for (const auto* host : {"erp.test", "m.youtube.com"}) {
    CAPTURE(host);
    Caller http(gateway);
    REQUIRE(http.opens());
    CHECK(http.asks(ask(host)));
  }
}

TEST_CASE("a running flow keeps its application by name, whatever numbers the next policy has") {
  const bool inspects = GENERATE(false, true);
  CAPTURE(inspects);
  Gateway gateway(kAllowAll, inspects ? inspecting() : HarnessOptions{});
  put_in_force(gateway, own_policy("{name: erp, hosts: erp.test}", kAllowErp));
  Caller caller(gateway);
  REQUIRE(caller.opens());
  REQUIRE(caller.asks(ask("erp.test")));
  // Another application stands first now.
  put_in_force(gateway,
               own_policy("{name: other, hosts: other.test}, {name: erp, hosts: erp.test}",
                          "{name: no other, action: block, content: {applications: [other]}}, " +
                              kAllowErp));
  CHECK(caller.is_answered());
  CHECK(told_flows(gateway) == std::vector<std::string>{"60001 http"});
}

TEST_CASE("a flow whose application the next policy does not have is its protocol's") {
  const bool inspects = GENERATE(false, true);
  CAPTURE(inspects);
  Gateway gateway(kAllowAll, inspects ? inspecting() : HarnessOptions{});
  put_in_force(gateway, own_policy("{name: erp, hosts: erp.test}", kAllowErp));
  Caller caller(gateway);
  REQUIRE(caller.opens());
  REQUIRE(caller.asks(ask("erp.test")));
  put_in_force(gateway, own_policy("{name: renamed, hosts: erp.test}",
                                   "{name: web, action: allow, content: {applications: [http]}}, "
                                   "{name: rest, action: block}"));
  CHECK(caller.is_answered());
  const auto told = told_flows(gateway);
  REQUIRE(told.size() == 1);
  CHECK((told[0] == "40 -" || told[0] == "60000 http"));  // read again where it is inspected
}

TEST_CASE("a running flow is of the application that the next policy has at its server") {
  Gateway gateway;
  Caller caller(gateway, 8443);
  REQUIRE(caller.opens());
  REQUIRE(caller.asks(client_hello("www.youtube.com")));
  const std::string all = "{name: all, action: allow}";
  put_in_force(gateway, own_policy("{name: erp, servers: [{services: tcp/8443}]}", all));
  REQUIRE(caller.is_answered("x"));
  put_in_force(gateway, own_policy("", all));
  REQUIRE(caller.is_answered("x"));
  put_in_force(gateway,
               own_policy("{name: a, servers: [{services: tcp/1}]}, {name: ledger, servers: "
                          "[{services: tcp/8443}]}",
                          all));
  REQUIRE(caller.is_answered("x"));
  REQUIRE(caller.is_answered("x"));
  CHECK(told_flows(gateway) == std::vector<std::string>{"60001 tls"});
  // What went by under each name is in its account: by keys, as numbers are another policy's.
  const auto found = accounted(gateway);
  for (const std::uint32_t wanted :
       {std::uint32_t{rules::application_id::kTls}, OwnApplication::key_of("erp"),
        OwnApplication::key_of("ledger")}) {
    CAPTURE(wanted);
    CHECK(std::count(found.begin(), found.end(), wanted) == 1);
  }
}
