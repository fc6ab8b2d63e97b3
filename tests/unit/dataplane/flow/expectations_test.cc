#include "dataplane/flow/expectations.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <memory>
#include <random>

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

IpAddress address(std::uint32_t n) { return IpAddress::from_v4(0x0a000000 + n); }

/// A control connection from client to server.
Flow control(std::uint32_t client, std::uint32_t server) {
  Flow flow;
  flow.initiator_is_a = client < server;
  flow.key.a = address(std::min(client, server));
  flow.key.b = address(std::max(client, server));
  (flow.initiator_is_a ? flow.key.port_b : flow.key.port_a) = 2121;
  (flow.initiator_is_a ? flow.key.port_a : flow.key.port_b) = 40000;
  flow.rule = 17;
  flow.flow_id = 99;
  flow.application = 5;
  return flow;
}

TEST_CASE("an announced connection is recognised once, with what judges its parent") {
  struct Case {
    const char* name;
    std::uint32_t client, server;
    bool active;
  };
  const auto c = GENERATE(Case{"passive", 1, 2, false}, Case{"active", 1, 2, true},
                          Case{"passive, ends swapped", 2, 1, false},
                          Case{"active, ends swapped", 2, 1, true});
  CAPTURE(c.name);
  const auto expectations = std::make_unique<Expectations>();
  const IpAddress listener = address(c.active ? c.client : c.server);
  const IpAddress peer = address(c.active ? c.server : c.client);
  expectations->expect({listener, 5000}, peer, control(c.client, c.server), kSecond);
  const auto match = expectations->take(peer, listener, 5000, 2 * kSecond);
  REQUIRE(match);
  CHECK(match->rule == 17);
  CHECK(match->parent_flow_id == 99);
  CHECK(match->application == 5);
  CHECK(match->control_port == 2121);
  CHECK(match->server_connects == c.active);
  CHECK_FALSE(expectations->take(peer, listener, 5000, 2 * kSecond));
}

TEST_CASE("a connection that differs in an end or port was not announced") {
  const auto expectations = std::make_unique<Expectations>();
  expectations->expect({address(2), 5000}, address(1), control(1, 2), kSecond);
  CHECK_FALSE(expectations->take(address(3), address(2), 5000, kSecond));
  CHECK_FALSE(expectations->take(address(1), address(3), 5000, kSecond));
  CHECK_FALSE(expectations->take(address(2), address(1), 5000, kSecond));
  CHECK_FALSE(expectations->take(address(1), address(2), 5001, kSecond));
  CHECK_FALSE(expectations->take(address(1), address(2), 0, kSecond));
  CHECK(expectations->take(address(1), address(2), 5000, kSecond));
}

TEST_CASE("an announcement is good for a minute") {
  const auto expectations = std::make_unique<Expectations>();
  const std::uint64_t end = kSecond + Expectations::kLifetimeNs;
  expectations->expect({address(2), 5000}, address(1), control(1, 2), kSecond);
  CHECK_FALSE(expectations->take(address(1), address(2), 5000, end));
  expectations->expect({address(2), 5000}, address(1), control(1, 2), kSecond);
  CHECK(expectations->take(address(1), address(2), 5000, end - 1));
}

TEST_CASE("the oldest announcement gives way to a new one beyond 1,024") {
  const auto expectations = std::make_unique<Expectations>();
  for (std::uint16_t i = 0; i <= Expectations::kCapacity; ++i)
    expectations->expect({address(2), static_cast<std::uint16_t>(2000 + i)}, address(1),
                         control(1, 2), kSecond);
  CHECK_FALSE(expectations->take(address(1), address(2), 2000, kSecond));
  for (std::uint16_t i = 1; i <= Expectations::kCapacity; ++i)
    REQUIRE(
        expectations->take(address(1), address(2), static_cast<std::uint16_t>(2000 + i), kSecond));
}

TEST_CASE("random announcements and connections fare as in a plain list") {
  struct Entry {
    std::uint32_t listener, peer;
    std::uint16_t port;
    std::uint64_t expires_ns, id;
  };
  const auto expectations = std::make_unique<Expectations>();
  std::deque<Entry> list;
  std::mt19937 random(9);
  std::uint64_t now = kSecond, taken = 0, displaced = 0;
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    now += random() % (kSecond / 10);
    const auto listener = static_cast<std::uint32_t>(random() % 8);
    const auto peer = static_cast<std::uint32_t>(random() % 8);
    const auto port = static_cast<std::uint16_t>(1024 + random() % 40);
    while (!list.empty() && (list.front().port == 0 || list.front().expires_ns <= now))
      list.pop_front();
    if (i % 20'000 < 4000 || random() % 4 == 0) {
      Flow parent = control(peer, listener);
      parent.flow_id = i;
      expectations->expect({address(listener), port}, address(peer), parent, now);
      if (list.size() == Expectations::kCapacity) {
        list.pop_front();
        ++displaced;
      }
      list.push_back({listener, peer, port, now + Expectations::kLifetimeNs, i});
      continue;
    }
    const auto match = expectations->take(address(peer), address(listener), port, now);
    const auto found = std::find_if(list.begin(), list.end(), [&](const Entry& e) {
      return e.listener == listener && e.peer == peer && e.port == port;
    });
    REQUIRE(match.has_value() == (found != list.end()));
    if (!match) continue;
    REQUIRE(match->parent_flow_id == found->id);
    found->port = 0;
    ++taken;
  }
  CHECK(taken > 1000);
  CHECK(displaced > 0);
}

}  // namespace
}  // namespace sekisho::dataplane
