#include "controlplane/uplink/content_delivery.h"

#include <catch2/catch.hpp>

namespace sekisho::controlplane {
namespace {

using Texts = std::vector<std::string>;

ContentSet set_of(std::uint64_t version, const std::string& pack = "et") {
  return {version, {{pack, version, {{"a.rules", "rules"}}}}};
}

/// A box's packs in memory; a pack named "bad" is refused.
class Packs final : public ContentDoor {
 public:
  ContentReport report() const override { return now; }
  bool is_free() const override { return free; }
  bool enforce(const ContentSet& set) override {
    if (busy) return false;
    if (set.packs.at(0).name == "bad") {
      now.attempt = {set.version, ContentOutcome::refused, "compiler", "bad rules"};
      return true;
    }
    now.version_in_force = set.version;
    now.highest_version = std::max(now.highest_version, set.version);
    now.attempt = {set.version, ContentOutcome::accepted, "", ""};
    now.is_unproven = true;
    return true;
  }
  void prove() override { now.is_unproven = false; }
  bool withdraw(std::string_view why) override {
    now.attempt = {now.version_in_force, ContentOutcome::rolled_back, "rolled_back",
                   std::string(why)};
    now.version_in_force = 0;
    now.is_unproven = false;
    return true;
  }
  std::optional<ContentSet> take_interrupted() override { return std::exchange(interrupted, {}); }
  void forget() override { now.highest_version = now.version_in_force = 0; }

  ContentReport now;
  std::optional<ContentSet> interrupted;
  bool free = true;
  bool busy = false;
};

struct Bench {
  Packs packs;
  Texts reports;
  int opened = 0;
  ContentDelivery::Time now{std::chrono::hours(1)};
  ContentDelivery::Time heard{};
  bool answering = false;
  ContentDelivery::Link link{.now = [this] { return now; },
                             .welcomed = [this] { return heard; },
                             .confirm_time = [] { return std::chrono::seconds(30); },
                             .is_answering = [this] { return answering; }};
  ContentDelivery delivery{
      packs, link, [this](const ContentReport& r) {
        reports.push_back(std::string(name_of(r.attempt.outcome)) + " " +
                          std::to_string(r.attempt.version) + " of " +
                          std::to_string(r.version_in_force) +
                          (r.attempt.reason_code.empty() ? "" : " " + r.attempt.reason_code));
      }};
  void send(std::uint64_t announced, const ContentSet& set) {
    delivery.bundle(announced, [&](std::uint64_t highest) -> OpenedContent {
      ++opened;
      if (set.version <= highest) return BundleRefusal{"not_newer", "it is old"};
      return set;
    });
  }
  Texts take() { return std::exchange(reports, {}); }
};

TEST_CASE("packs come into force and are reported once") {
  Bench bench;
  bench.send(3, set_of(3));
  CHECK(bench.take() == Texts{"accepted 3 of 3"});
  bench.delivery.tick();
  CHECK(bench.take().empty());
}

TEST_CASE("packs that cannot be compiled leave those before, and are not tried a second time") {
  Bench bench;
  bench.send(1, set_of(1));
  bench.send(2, set_of(2, "bad"));
  CHECK(bench.take() == Texts{"accepted 1 of 1", "refused 2 of 1 compiler"});
  bench.send(2, set_of(2));
  CHECK(bench.opened == 2);
  CHECK(bench.take() == Texts{"refused 2 of 1 compiler"});
  bench.send(3, set_of(3));
  CHECK(bench.take() == Texts{"accepted 3 of 3"});
}

TEST_CASE("a bundle that cannot be opened is told, and nothing is remembered of it") {
  Bench bench;
  bench.send(5, set_of(5));
  bench.send(4, set_of(4));
  bench.send(6, set_of(7));
  CHECK(bench.take() ==
        Texts{"accepted 5 of 5", "refused 4 of 5 not_newer", "refused 6 of 5 bad_manifest"});
  CHECK(bench.packs.now.attempt.version == 5);
}

TEST_CASE("packs wait while a policy awaits its confirmation; newer ones take their place") {
  Bench bench;
  bench.packs.free = false;
  bench.send(1, set_of(1));
  bench.send(1, set_of(1));
  CHECK(bench.opened == 1);
  bench.send(2, set_of(2));
  bench.delivery.tick();
  CHECK(bench.take().empty());
  bench.packs.free = true;
  SECTION("another change comes before") {
    bench.packs.busy = true;
    bench.delivery.tick();
    CHECK(bench.take().empty());
    bench.packs.busy = false;
  }
  bench.delivery.tick();
  CHECK(bench.take() == Texts{"accepted 2 of 2"});
}

TEST_CASE("what a kill cut short is tried again") {
  Packs packs;
  packs.interrupted = set_of(9);
  int reports = 0;
  const ContentDelivery::Link link{.now = [] { return ContentDelivery::Time{}; },
                                   .welcomed = [] { return ContentDelivery::Time{}; },
                                   .confirm_time = [] { return std::chrono::seconds(30); },
                                   .is_answering = [] { return false; }};
  ContentDelivery delivery(packs, link, [&](const ContentReport&) { ++reports; });
  delivery.tick();
  CHECK(packs.now.version_in_force == 9);
  CHECK(reports == 1);
}

TEST_CASE("a return to the packs before, at the box itself, is reported") {
  Bench bench;
  bench.send(1, set_of(1));
  bench.send(2, set_of(2));
  bench.take();
  bench.packs.now.version_in_force = 1;
  bench.packs.now.attempt = {2, ContentOutcome::rolled_back, "", ""};
  bench.delivery.tick();
  CHECK(bench.take() == Texts{"rolled_back 2 of 1"});
  bench.send(2, set_of(2));  // the console did not know yet
  CHECK(bench.packs.now.version_in_force == 1);
  CHECK(bench.take() == Texts{"rolled_back 2 of 1"});
}

TEST_CASE("packs with which the console is not heard of are taken back in time") {
  using namespace std::chrono_literals;
  Bench bench;
  bench.heard = bench.now - 1s;
  bench.send(1, set_of(1));
  bench.take();
  SECTION("nothing comes") {
    bench.heard = bench.now;  // the stream that the packs came over
    bench.now += 29s;
    bench.delivery.tick();
    CHECK(bench.take().empty());
    SECTION("while a policy awaits its confirmation, that comes first") {
      bench.packs.free = false;
      bench.now += 5s;
      bench.delivery.tick();
      CHECK(bench.take().empty());
      bench.packs.free = true;
    }
    bench.now += 1s;
    bench.delivery.tick();
    CHECK(bench.take() == Texts{"rolled_back 1 of 0 rolled_back"});
    CHECK(bench.packs.now.attempt.reason.starts_with("the console could not be reached with them"));
  }
  SECTION("something does") {
    bench.now += 3s;
    bench.heard = bench.now;
    bench.delivery.tick();
    CHECK_FALSE(bench.packs.now.is_unproven);
    bench.now += 300s;
    bench.delivery.tick();
    CHECK(bench.packs.now.version_in_force == 1);
  }
}

TEST_CASE("packs let a question be answered before they ask for a fresh stream, for a time") {
  Bench bench;
  bench.answering = true;
  bench.send(1, set_of(1));
  CHECK_FALSE(bench.delivery.unproven_since());
  bench.now += std::chrono::seconds(30);
  SECTION("until it is answered") {
    bench.delivery.tick();
    CHECK_FALSE(bench.delivery.unproven_since());
    bench.answering = false;
    bench.delivery.tick();
    REQUIRE(bench.delivery.unproven_since() == bench.now);
    bench.now += std::chrono::seconds(29);  // all of the time for a stream is left
    bench.delivery.tick();
    CHECK(bench.packs.now.version_in_force == 1);
    bench.heard = bench.now;
    bench.delivery.tick();
    CHECK_FALSE(bench.packs.now.is_unproven);
  }
  SECTION("not for ever") {
    bench.now += std::chrono::seconds(5);
    bench.delivery.tick();
    CHECK(bench.delivery.unproven_since() == bench.now);
    bench.now += std::chrono::seconds(30);
    bench.delivery.tick();
    CHECK(bench.packs.now.version_in_force == 0);
  }
  SECTION("and so do those that come next") {
    bench.delivery.tick();
    bench.send(2, set_of(2));
    bench.now += std::chrono::seconds(30);
    bench.delivery.tick();
    CHECK_FALSE(bench.delivery.unproven_since());
  }
}

TEST_CASE("another console's first version is taken") {
  Bench bench;
  bench.send(8, set_of(8));
  bench.delivery.forget();
  bench.packs.now.attempt = {};
  bench.send(1, set_of(1));
  CHECK(bench.packs.now.version_in_force == 1);
}

TEST_CASE("names of packs and their files lead nowhere else") {
  for (const auto* name : {"a", "et-open", "7_b"}) CHECK(is_content_pack_name(name));
  for (const auto* name : {"", "-a", "_a", "A", "a.b", "a/b", "..", "a b"})
    CHECK_FALSE(is_content_pack_name(name));
  CHECK_FALSE(is_content_pack_name(std::string(61, 'a')));
  for (const auto* name :
       {"a.rules", "et.open-1.rules", "classification.config", "threshold.config"})
    CHECK(is_content_file_name(name));
  for (const auto* name : {"", ".rules", "a", "A.rules", "a/b.rules", "../a.rules", "other.config"})
    CHECK_FALSE(is_content_file_name(name));
}

}  // namespace
}  // namespace sekisho::controlplane
