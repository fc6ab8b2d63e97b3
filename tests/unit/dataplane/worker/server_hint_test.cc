// What records say of flows that say nothing of themselves, by what their server was told to serve.
#include "dataplane/worker/server_hints.h"
#include "gateway.h"
#include "rules/applications/catalogue.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kNothing = "\x9f\x80\x81";

/// A flow of UDP from this port.
void say(Gateway& gateway, std::uint16_t port, std::uint16_t server_port, std::string_view text,
         int times = 1) {
  const auto packet =
      ethernet().ipv4(kClient, kServer).udp(port, server_port).payload(text).build();
  for (int i = 0; i < times; ++i) CHECK(gateway.passes(kLanPort, packet));
}

/// "port application hint" of each flow's record.
std::vector<std::string> told_flows(Gateway& gateway) {
  gateway.worker().end_flows(0, 4096, events::FlowEndReason::shutdown);
  const auto name_of = [](std::uint16_t id) {
    const auto* const known = rules::application(id);
    return known == nullptr ? std::string("-") : std::string(known->name);
  };
  std::vector<std::string> told;
  for (const auto& record : gateway.take_events(events::EventType::flow)) {
    std::string line = std::to_string(record.tuple.source_port);
    line.append(" ").append(name_of(record.flow.application));
    told.push_back(line.append(" ").append(name_of(record.flow.hint)));
  }
  std::sort(told.begin(), told.end());
  return told;
}

const std::string kStats = "\xff\xff\xff\xffgetstatus\n";  // of a game, by a pattern

}  // namespace

TEST_CASE("a flow that says nothing has the hint of its server's port, another port has none") {
  Gateway gateway;
  say(gateway, 5000, 27960, kStats);
  say(gateway, 5001, 27960, kNothing, 9);
  say(gateway, 5002, 27961, kNothing, 9);
  CHECK(told_flows(gateway) ==
        std::vector<std::string>{"5000 quake3 -", "5001 - quake3", "5002 - -"});
}

TEST_CASE("the hint is of what the server was told to serve last, over the same transport") {
  Gateway gateway;
  say(gateway, 5000, 9000, kStats);
  say(gateway, 5001, 9000, "BT-SEARCH * HTTP/1.1\r\n");
  say(gateway, 5002, 9000, kNothing, 9);
  Connection connection{.client_port = 5003, .server_port = 9000};
  REQUIRE(connection.open(gateway));
  CHECK(gateway.lan_passes(connection.to_server(kAck | kPsh, kNothing)));
  CHECK(told_flows(gateway) == std::vector<std::string>{"5000 quake3 -", "5001 bittorrent -",
                                                        "5002 - bittorrent", "5003 - -"});
}

TEST_CASE("a hint is no fact: rules on the application do not see it") {
  Gateway gateway;
  gateway.harness().publish_policy(gateway.harness().load(
      tests::compile_snapshot("version: 1\nrules: [{name: no games, action: block, content: "
                              "{applications: [quake3]}}]\n")));
  const auto game = ethernet().ipv4(kClient, kServer).udp(5000, 27960).payload(kStats).build();
  CHECK_FALSE(gateway.passes(kLanPort, game));
  say(gateway, 5001, 27960, kNothing, 9);
  CHECK(told_flows(gateway) == std::vector<std::string>{"5000 quake3 -", "5001 - quake3"});
}

TEST_CASE("a newer server takes an older one's place, and nothing is told of others") {
  auto hints = std::make_unique<ServerHints>();
  const auto server = [](std::uint32_t number) {
    return ServerHints::Server{IpAddress::from_v4(number), 443, 6};
  };
  constexpr std::uint32_t kServers = 4 * ServerHints::kMax;
  for (std::uint32_t i = 0; i < kServers; ++i)
    hints->put(server(i), static_cast<engines::ApplicationId>(i % 50'000 + 1));
  CHECK(hints->find(server(kServers - 1)) == (kServers - 1) % 50'000 + 1);
  CHECK(hints->find({IpAddress::from_v4(kServers - 1), 443, 17}) == 0);
  CHECK(hints->find({IpAddress::from_v4(kServers - 1), 444, 6}) == 0);
  std::size_t known = 0;
  for (std::uint32_t i = 0; i < kServers; ++i) {
    const auto found = hints->find(server(i));
    CHECK((found == 0 || found == i % 50'000 + 1));
    known += found != 0;
  }
  CHECK(known > ServerHints::kMax / 2);
  CHECK(known <= ServerHints::kMax);
}
