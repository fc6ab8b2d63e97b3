#include "controlplane/uplink/policy_delivery.h"

#include <catch2/catch.hpp>
#include <set>

#include "dying_files.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

using namespace std::chrono_literals;

/// A box that takes every policy but "bad". Its state outlives a delivery, as the disk would.
struct FakePolicy final : PolicyDoor {
  PolicyInForce now{
      .bundle_version = 1, .content_address = "1", .serial = 1, .unconfirmed_version = 0};
  PolicyInForce boot = now;
  std::vector<std::string> calls;
  bool disk_full = false;
  std::uint32_t last_serial = 1;

  Enforcement enforce(std::string_view yaml, std::uint64_t version) override {
    calls.push_back("enforce " + std::to_string(version));
    if (yaml == "bad")
      return {.taken = false,
              .reason_code = "invalid_policy",
              .reason = "1:1: bad",
              .mistakes = {{1, 1, "bad"}}};
    now = {version, std::string(yaml), ++last_serial, version};
    return {.taken = true, .reason_code = {}, .reason = {}, .mistakes = {}};
  }
  Status confirm(std::uint64_t version) override {
    calls.push_back("confirm " + std::to_string(version));
    if (disk_full) return Error{Error::Code::io, "no space"};
    REQUIRE(now.unconfirmed_version == version);
    now.unconfirmed_version = 0;
    boot = now;
    return ok();
  }
  Status withdraw(std::uint64_t version, std::string_view) override {
    calls.push_back("withdraw " + std::to_string(version));
    if (disk_full) return Error{Error::Code::io, "no space"};
    REQUIRE(now.unconfirmed_version == version);
    now = boot;
    return ok();
  }
  PolicyInForce in_force() const override { return now; }
  void apply_locally() { now = boot = {0, "local", ++last_serial, 0}; }
};

struct Bench {
  ScratchFolder folder;
  DiskFiles disk;
  FakePolicy policy;
  PolicyDelivery::Time now{1h};
  std::chrono::milliseconds confirm_time = 30s;
  std::vector<std::string> reports;
  std::vector<std::string> complaints;
  std::unique_ptr<AttemptFile> memory;
  std::optional<PolicyDelivery> delivery;

  Bench() { restart(disk); }
  void restart(FileDoor& files) {
    delivery.reset();
    memory = std::make_unique<AttemptFile>(folder.file("attempt.json"), files);
    delivery.emplace(PolicyDelivery::Doors{
        .policy = policy,
        .memory = *memory,
        .now = [this] { return now; },
        .confirm_time = [this] { return confirm_time; },
        .report =
            [this](const DeliveryReport& r) {
              reports.push_back(std::string(name_of(r.attempt.state)) + " " +
                                std::to_string(r.attempt.version) +
                                (r.attempt.reason_code.empty() ? "" : " " + r.attempt.reason_code));
            },
        .complain = [this](const std::string& why) { complaints.push_back(why); }});
  }
  void restart() { restart(disk); }
  /// As config/bundle does: only a greater version is opened.
  void send(std::uint64_t version, const std::string& yaml = "good") {
    delivery->bundle(
        version,
        [&](std::uint64_t in_force) -> OpenedBundle {
          if (yaml == "forged") return BundleRefusal{"bad_signature", "it is forged"};
          if (version <= in_force) return BundleRefusal{"not_newer", "it is old"};
          return DeliveredPolicy{version, yaml};
        },
        now);
  }
  void pass(std::chrono::milliseconds time) {
    now += time;
    delivery->tick();
  }
  std::vector<std::string> take_reports() { return std::exchange(reports, {}); }
  DeliveryAttempt attempt() const { return delivery->report().attempt; }
};

using Texts = std::vector<std::string>;

TEST_CASE("a bundle is received, enforced, and confirmed by the console") {
  Bench bench;
  bench.send(2);
  CHECK(bench.take_reports() == Texts{"received 2", "enforced 2"});
  CHECK(bench.delivery->wait()->until == bench.now + 30s);
  CHECK(bench.policy.boot.bundle_version == 1);
  bench.pass(29s);
  bench.delivery->confirmation(2);
  CHECK(bench.take_reports() == Texts{"confirmed 2"});
  CHECK(bench.policy.boot.bundle_version == 2);
  bench.pass(1h);
  CHECK(bench.take_reports().empty());
  CHECK(bench.policy.now.bundle_version == 2);
}

TEST_CASE("without a confirmation in time the box goes back, says so, and does not try it again") {
  Bench bench;
  bench.send(2);
  bench.pass(29'999ms);
  CHECK(bench.policy.now.bundle_version == 2);
  bench.pass(1ms);
  CHECK(bench.policy.now.bundle_version == 1);
  CHECK(bench.take_reports() == Texts{"received 2", "enforced 2", "rolled_back 2 not_confirmed"});
  CHECK(bench.attempt().reason == "the console could not be reached with it for 30 s");
  bench.restart();
  CHECK(bench.attempt().state == DeliveryState::rolled_back);
  bench.send(2);
  CHECK(bench.take_reports() == Texts{"rolled_back 2 not_confirmed"});
  bench.delivery->confirmation(2);  // comes too late
  CHECK(bench.policy.now.bundle_version == 1);
  bench.send(3);
  bench.delivery->confirmation(3);
  CHECK(bench.policy.boot.bundle_version == 3);
}

TEST_CASE("what is refused changes nothing and is remembered with its reason") {
  Bench bench;
  bench.send(2, "bad");
  CHECK(bench.take_reports() == Texts{"received 2", "refused 2 invalid_policy"});
  CHECK(bench.attempt().mistakes == std::vector<DeliveryMistake>{{1, 1, "bad"}});
  bench.restart();
  bench.send(2);  // not compiled a second time
  CHECK(bench.take_reports() == Texts{"refused 2 invalid_policy"});
  CHECK(bench.policy.calls == Texts{"enforce 2"});
  bench.send(4, "forged");
  CHECK(bench.take_reports() == Texts{"refused 4 bad_signature"});
  bench.send(4);  // and then the real one
  CHECK(bench.take_reports() == Texts{"received 4", "enforced 4"});
}

TEST_CASE("a bundle that says another version than it was sent as is refused") {
  Bench bench;
  bench.delivery->bundle(
      5,
      [](std::uint64_t) {
        return DeliveredPolicy{6, "good"};
      },
      bench.now);
  CHECK(bench.take_reports() == Texts{"refused 5 bad_manifest"});
  CHECK(bench.policy.calls.empty());
}

TEST_CASE("duplicates, old bundles and strange confirmations change nothing") {
  Bench bench;
  bench.send(5);
  bench.take_reports();
  bench.send(5);
  CHECK(bench.take_reports() == Texts{"enforced 5"});
  bench.delivery->confirmation(4);
  bench.delivery->confirmation(6);
  bench.send(3);
  CHECK(bench.take_reports() == Texts{"refused 3 not_newer"});
  CHECK(bench.attempt().version == 5);
  bench.delivery->confirmation(5);
  bench.delivery->confirmation(5);
  CHECK(bench.take_reports() == Texts{"confirmed 5"});
  bench.send(5);
  CHECK(bench.take_reports() == Texts{"confirmed 5"});
  CHECK(bench.policy.calls == Texts{"enforce 5", "confirm 5"});
}

TEST_CASE("a bundle during the wait for another takes its place; a bad one does not") {
  Bench bench;
  bench.send(2);
  bench.pass(20s);
  bench.send(3, "bad");
  CHECK(bench.delivery->wait()->version == 2);
  bench.send(4);
  CHECK(bench.delivery->wait()->version == 4);
  bench.pass(20s);
  CHECK(bench.policy.now.bundle_version == 4);
  bench.pass(10s);
  CHECK(bench.policy.now.bundle_version == 1);
  CHECK(bench.take_reports() == Texts{"received 2", "enforced 2", "received 3",
                                      "refused 3 invalid_policy", "received 4", "enforced 4",
                                      "rolled_back 4 not_confirmed"});
}

TEST_CASE("a policy applied on the box during the wait stays, and the console hears of it") {
  Bench bench;
  bench.send(2);
  bench.take_reports();
  bench.policy.apply_locally();
  bench.pass(1s);
  CHECK(bench.take_reports() == Texts{"rolled_back 2 replaced"});
  bench.pass(1h);
  CHECK(bench.policy.now.content_address == "local");
  CHECK(bench.policy.calls == Texts{"enforce 2"});
  bench.policy.apply_locally();
  bench.pass(1s);
  CHECK(bench.take_reports().size() == 1);
}

TEST_CASE("a disk that does not take the confirmation is tried until the time is over") {
  Bench bench;
  bench.send(2);
  bench.policy.disk_full = true;
  bench.delivery->confirmation(2);
  bench.pass(1s);
  CHECK(bench.complaints == Texts{"no space"});
  SECTION("it does later") {
    bench.policy.disk_full = false;
    bench.pass(1s);
    CHECK(bench.policy.boot.bundle_version == 2);
    CHECK(bench.attempt().state == DeliveryState::confirmed);
  }
  SECTION("it never does") {
    bench.pass(30s);
    CHECK(bench.attempt().state == DeliveryState::rolled_back);
    bench.policy.disk_full = false;
    bench.pass(1s);
    CHECK(bench.policy.now.bundle_version == 1);
    CHECK_THAT(bench.attempt().reason, Catch::Contains("no space"));
  }
}

TEST_CASE("a new process goes on waiting, with the whole time") {
  Bench bench;
  bench.send(2);
  bench.pass(25s);
  bench.restart();
  bench.take_reports();
  bench.pass(1s);
  CHECK(bench.take_reports() == Texts{"enforced 2"});
  bench.pass(29s);
  CHECK(bench.policy.now.bundle_version == 2);
  bench.pass(1s);
  CHECK(bench.policy.now.bundle_version == 1);
}

TEST_CASE("a delivery that was forgotten on the way is what the box says it is") {
  Bench bench;
  SECTION("enforced before its memory was written") {
    bench.policy.now = {2, "2", 2, 2};
    bench.pass(1s);
    CHECK(bench.take_reports() == Texts{"enforced 2"});
    bench.delivery->confirmation(2);
    CHECK(bench.attempt().state == DeliveryState::confirmed);
  }
  SECTION("of another console") {
    bench.send(2, "bad");
    bench.delivery->forget();
    bench.restart();
    CHECK(bench.attempt() == DeliveryAttempt{});
  }
}

TEST_CASE("a kill before any change of the memory leaves box and memory of one mind") {
  const bool confirmed = GENERATE(true, false);
  CAPTURE(confirmed);
  const auto deliver = [&](Bench& bench) {
    bench.send(2);
    if (confirmed)
      bench.delivery->confirmation(2);
    else
      bench.pass(31s);
  };
  int steps = 0;
  {
    Bench bench;
    DyingFiles files(1'000'000);
    bench.restart(files);
    deliver(bench);
    steps = files.changes();
  }
  REQUIRE(steps >= 4);
  for (int step = 0; step < steps; ++step) {
    CAPTURE(step);
    Bench bench;
    DyingFiles files(step);
    bench.restart(files);
    CHECK_THROWS_AS(deliver(bench), Killed);
    bench.restart();
    bench.pass(1s);
    const auto report = bench.delivery->report();
    // Killed while waiting it goes on waiting; and then everything goes its way.
    if (report.in_force.unconfirmed_version != 0) {
      CHECK(report.attempt.state == DeliveryState::enforced);
      if (confirmed)
        bench.delivery->confirmation(2);
      else
        bench.pass(31s);
    }
    CHECK(bench.policy.now == bench.policy.boot);
    CHECK(bench.policy.boot.bundle_version == (confirmed ? 2 : 1));
    CHECK(bench.attempt().version == 2);
    CHECK(bench.attempt().state ==
          (confirmed ? DeliveryState::confirmed : DeliveryState::rolled_back));
  }
}

}  // namespace
}  // namespace sekisho::controlplane
