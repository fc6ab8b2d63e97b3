#include <catch2/catch.hpp>

#include "config/bundle/rotation.h"
#include "link_bench.h"

namespace sekisho::controlplane {
namespace {

using namespace std::chrono_literals;
namespace v1 = link::v1;

struct Linked {
  TestAuthority authority;
  std::optional<FakeConsole> console{std::in_place, authority};
  LinkBench bench;
  Linked() {
    bench.enrol(*console);
    REQUIRE(bench.wait_for_state("connected"));
  }
  void lose_console() { console.reset(); }
  void return_console(const bundle::SigningKey& key, int port) {
    console.emplace(authority, port);
    console->signing_key = bundle::SigningKey::from_secret(key.secret());
  }
};

TEST_CASE("Hello tells what the box is and has") {
  Linked l;
  REQUIRE(l.console->wait_for([](const auto& all) { return !all.empty(); }));
  l.console->wait_for([](const auto& all) {
    const auto& hello = all.front().hello();
    CHECK(hello.software_version() == "1.2.3");
    CHECK(hello.spool_epoch() == "epoch");
    CHECK(hello.spool_next_sequence() == 1);
    CHECK(hello.policy().local_policy());
    CHECK(hello.policy().content_address() == "factory");
    CHECK(hello.status().ports(0).name() == "lan0");
    CHECK(hello.status().authority().subject() == "O=?");
    CHECK(hello.status().authority().fingerprint() == "00ab");
    CHECK(hello.status().authority().not_after() == 2'500'000'000);
    CHECK(hello.status().confirm_seconds() >= 5);
    return true;
  });
}

TEST_CASE("a bundle comes into force, is confirmed, and is the policy to boot with") {
  Linked l;
  l.console->send_bundle(1, bundle_of(*l.console, 1));
  REQUIRE(l.console->reported(v1::POLICY_STATE_RECEIVED, 1));
  REQUIRE(l.console->reported(v1::POLICY_STATE_ENFORCED, 1));
  REQUIRE(l.console->reported(v1::POLICY_STATE_CONFIRMED, 1));
  CHECK(l.bench.policy.boot_version() == 1);
  CHECK(l.console->last_report().version_in_force() == 1);
  CHECK_FALSE(l.console->last_report().local_policy());
  CHECK(l.bench.uplink->status()["version"] == 1);
}

TEST_CASE("a bundle that is not for this box as it stands is refused with its reason") {
  Linked l;
  l.console->send_bundle(5, bundle_of(*l.console, 5));
  REQUIRE(l.console->reported(v1::POLICY_STATE_CONFIRMED, 5));
  struct Row {
    std::uint64_t version;
    std::string bytes, code;
  };
  std::string tampered = bundle_of(*l.console, 6);
  tampered.back() = static_cast<char>(tampered.back() ^ 1);
  FakeConsole forger(l.authority);
  const std::vector<Row> rows{
      {6, tampered, "bad_signature"},
      {7, bundle_of(*l.console, 7).substr(0, 50), "truncated"},
      {8, bundle_of(*l.console, 8, "good", "other"), "other_gateway"},
      {4, bundle_of(*l.console, 4), "not_newer"},
      {9, bundle_of(forger, 9), "unknown_key"},
      {10, "garbage that is long enough not to be called short, whatever it may be....",
       "not_a_bundle"},
      {11, bundle_of(*l.console, 11, "good", "gateway", "policy.json"), "bad_content"},
      {12, bundle_of(*l.console, 13), "bad_manifest"},
      {14, bundle_of(*l.console, 14, "bad"), "invalid_policy"},
      {15, "", "truncated"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.version);
    l.console->send_bundle(row.version, row.bytes);
    REQUIRE(l.console->reported(v1::POLICY_STATE_REFUSED, row.version));
    CHECK(l.console->last_report().reason_code() == row.code);
    CHECK_FALSE(l.console->last_report().reason().empty());
    CHECK(l.console->last_report().version_in_force() == 5);
  }
  CHECK(l.bench.policy.boot_version() == 5);
  l.console->send_bundle(16, bundle_of(*l.console, 16));
  CHECK(l.console->reported(v1::POLICY_STATE_CONFIRMED, 16));
}

TEST_CASE(
    "without a confirmation the box goes back, tries a fresh connection before, and says so") {
  Linked l;
  FakeConsole::Behaviour silent;
  silent.confirms = false;
  l.console->behave(silent);
  const auto began = std::chrono::steady_clock::now();
  l.console->send_bundle(1, bundle_of(*l.console, 1));
  REQUIRE(l.console->reported(v1::POLICY_STATE_ENFORCED, 1));
  CHECK(l.bench.uplink->status()["waiting_for_confirmation"]["version"] == 1);
  REQUIRE(l.console->reported(v1::POLICY_STATE_ROLLED_BACK, 1));
  CHECK(std::chrono::steady_clock::now() - began >= 5s);
  CHECK(l.console->hellos() == 2);
  CHECK(l.bench.policy.in_force().content_address == "factory");
  l.console->behave({});
  l.console->send_bundle(1, bundle_of(*l.console, 1));  // not tried again
  std::this_thread::sleep_for(300ms);
  CHECK(l.bench.policy.in_force().content_address == "factory");
}

TEST_CASE("a confirmation over a fresh connection is as good") {
  Linked l;
  FakeConsole::Behaviour silent;
  silent.confirms = false;
  l.console->behave(silent);
  l.console->send_bundle(1, bundle_of(*l.console, 1));
  REQUIRE(l.console->reported(v1::POLICY_STATE_ENFORCED, 1));
  l.console->behave({});
  REQUIRE(l.console->reported(v1::POLICY_STATE_CONFIRMED, 1));
  CHECK(l.console->hellos() == 2);
}

TEST_CASE("a console that is gone when the time is over hears of the rollback when it returns") {
  Linked l;
  FakeConsole::Behaviour silent;
  silent.confirms = false;
  l.console->behave(silent);
  l.console->send_bundle(1, bundle_of(*l.console, 1));
  REQUIRE(l.console->reported(v1::POLICY_STATE_ENFORCED, 1));
  const int port = l.console->port();
  const auto key = bundle::SigningKey::from_secret(l.console->signing_key.secret());
  l.lose_console();
  if (GENERATE(false, true)) l.bench.restart();  // and so may our process be
  REQUIRE(l.bench.wait_for([&] { return l.bench.policy.in_force().content_address == "factory"; }));
  l.return_console(key, port);
  REQUIRE(l.console->reported(v1::POLICY_STATE_ROLLED_BACK, 1));
  CHECK(l.console->last_report().local_policy());
  l.console->send_bundle(2, bundle_of(*l.console, 2));
  CHECK(l.console->reported(v1::POLICY_STATE_CONFIRMED, 2));
}

TEST_CASE("events reach the console once each, also over its restarts") {
  Linked l;
  std::string expected;
  const auto add = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const std::string line = R"({"n":)" + std::to_string(expected.size()) + "}";
      expected += line + "\n";
      l.bench.events.add(line);
    }
  };
  add(7'000);
  REQUIRE(l.bench.wait_for([&] { return l.bench.events.acknowledged() == 7'000; }));
  CHECK(l.console->stored_lines() == expected);
  const auto batches = [&] {
    std::size_t count = 0;
    l.console->wait_for([&](const auto& all) {
      count = 0;
      for (const auto& m : all) count += m.has_events() ? 1 : 0;
      return true;
    });
    return count;
  };
  FakeConsole::Behaviour full;
  full.stores_events = false;
  l.console->behave(full);
  const auto before = batches();
  add(9'000);
  REQUIRE(l.bench.wait_for([&] { return batches() == before + 4; }));
  std::this_thread::sleep_for(200ms);
  CHECK(batches() == before + 4);  // no more than the window
  l.console->behave({});
  l.console->hang_up();
  REQUIRE(l.bench.wait_for([&] { return l.bench.events.acknowledged() == 16'000; }));
  CHECK(l.console->stored_lines() == expected);
}

TEST_CASE(
    "a key rotation is pinned for good, and bundles of the old key are refused from then on") {
  Linked l;
  const auto old_bundle = bundle_of(*l.console, 1);
  auto next = bundle::SigningKey::generate();
  const auto statement =
      bundle::sign_rotation("tenant", 1, next.public_key(), l.console->signing_key);
  REQUIRE(statement);
  v1::ToGateway message;
  message.mutable_key_rotation()->set_statement(*statement);
  REQUIRE(l.console->send(message));
  const auto pinned = [](std::uint64_t sequence, bool refused) {
    return [=](const FakeConsole::Messages& all) {
      for (const auto& m : all)
        if (m.has_key_pinned() && m.key_pinned().sequence() == sequence &&
            m.key_pinned().refusal().empty() != refused)
          return true;
      return false;
    };
  };
  REQUIRE(l.console->wait_for(pinned(1, false)));
  l.console->send(message);  // a second time
  REQUIRE(l.console->wait_for(pinned(1, true)));
  l.bench.restart();
  REQUIRE(l.bench.wait_for([&] { return l.console->hellos() == 2; }));
  REQUIRE(l.bench.wait_for_state("connected"));
  l.console->send_bundle(1, old_bundle);
  REQUIRE(l.console->reported(v1::POLICY_STATE_REFUSED, 1));
  l.console->signing_key = std::move(next);
  l.console->send_bundle(1, bundle_of(*l.console, 1));
  CHECK(l.console->reported(v1::POLICY_STATE_CONFIRMED, 1));
}

TEST_CASE("the console's questions are answered over the stream") {
  Linked l;
  v1::ToGateway message;
  message.mutable_diagnostic()->set_id("q");
  message.mutable_diagnostic()->set_op("flows");
  message.mutable_diagnostic()->set_arguments("{}");
  l.console->send(message);
  message.mutable_diagnostic()->set_id("r");
  message.mutable_diagnostic()->set_op("policy.load");
  l.console->send(message);
  const auto answered = [](const std::string& id, const std::string& text) {
    return [=](const FakeConsole::Messages& all) {
      for (const auto& m : all)
        if (m.diagnostic().id() == id && m.diagnostic().last() &&
            m.diagnostic().json().find(text) != std::string::npos)
          return true;
      return false;
    };
  };
  CHECK(l.console->wait_for(answered("q", R"("total":3)")));
  CHECK(l.console->wait_for(answered("r", "no diagnostic")));
}

TEST_CASE("a path on which nothing is heard is left within three heartbeats") {
  TestAuthority authority;
  FakeConsole console(authority);
  FakeConsole::Behaviour mute;
  mute.heartbeat_seconds = 1;
  console.behave(mute);
  LinkBench bench;
  bench.enrol(console);
  REQUIRE(bench.wait_for_state("connected"));
  // The console answers our words: as long as it does, the path is good.
  std::this_thread::sleep_for(4s);
  CHECK(console.hellos() == 1);
}

TEST_CASE("a console that says nothing, or something else first, is left") {
  Linked l;
  FakeConsole::Behaviour mute;
  mute.says_welcome = false;
  l.console->behave(mute);
  l.console->hang_up();
  REQUIRE(l.bench.wait_for([&] { return l.console->hellos() == 2; }));
  l.console->send_bundle(1, bundle_of(*l.console, 1));
  REQUIRE(l.bench.wait_for([&] { return l.console->hellos() >= 3; }));
  CHECK_THAT(l.bench.uplink->status()["last_error"].get<std::string>(),
             Catch::Contains("no Welcome"));
  CHECK(l.bench.policy.boot_version() == 0);
  l.console->behave({});
  l.console->hang_up();
  CHECK(l.bench.wait_for_state("connected"));
}

TEST_CASE("a message that is too long for any bundle ends the stream and not the box") {
  Linked l;
  l.console->send_bundle(1, std::string(66 << 20, 'x'));
  REQUIRE(l.bench.wait_for([&] { return l.console->hellos() == 2; }));
  l.console->send_bundle(2, bundle_of(*l.console, 2));
  CHECK(l.console->reported(v1::POLICY_STATE_CONFIRMED, 2));
}

TEST_CASE("a link that is lost comes back at the console's next address, and stays there") {
  const TestAuthority authority;
  std::optional<FakeConsole> first(std::in_place, authority);
  FakeConsole second(authority);
  LinkBench bench;
  REQUIRE(bench.uplink->enrol(first->address() + "," + second.address(), first->code(), false));
  REQUIRE(bench.wait_for_state("connected"));
  CHECK(bench.uplink->status()["address"] == first->address());
  const int port = first->port();
  first.reset();
  REQUIRE(bench.wait_for([&] { return second.hellos() == 1; }));
  REQUIRE(bench.wait_for_state("connected"));
  CHECK(bench.uplink->status()["address"] == second.address());
  first.emplace(authority, port);
  std::this_thread::sleep_for(300ms);
  CHECK(first->hellos() == 0);
  second.hang_up();
  REQUIRE(bench.wait_for([&] { return first->hellos() == 1; }));
}

TEST_CASE("addresses are tried a step apart, and longer waits come when all were") {
  Backoff backoff({100ms, 10'000ms}, 1);
  for (int i = 0; i < 5; ++i) (void)backoff.next();
  for (int i = 0; i < 20; ++i) {
    const auto wait = backoff.short_one();
    CHECK((wait >= 50ms && wait <= 100ms));
  }
  CHECK(backoff.next() >= 1'600ms);
}

}  // namespace
}  // namespace sekisho::controlplane
