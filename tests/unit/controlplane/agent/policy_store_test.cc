#include "controlplane/agent/policy_store.h"

#include <catch2/catch.hpp>
#include <set>

#include "dying_files.h"
#include "scratch_folder.h"
#include "test_snapshot.h"

namespace sekisho::controlplane {
namespace {

PolicyStore::Draft draft(std::span<const std::byte> bytes, const std::string& comment) {
  return {address_of(bytes), 1, comment, 1'700'000'000};
}

PolicyVersion put(PolicyStore& store, const std::string& source) {
  const auto bytes = test_snapshot(source);
  const auto version = store.stage(bytes, draft(bytes, source));
  REQUIRE(version);
  REQUIRE(store.commit());
  return *version;
}

PolicyStore reopen(const ScratchFolder& folder) {
  static DiskFiles disk;
  auto store = PolicyStore::open(folder.path(), disk);
  REQUIRE(store);
  return std::move(*store);
}

TEST_CASE("what is committed is current after a restart, with its text") {
  const ScratchFolder folder;
  {
    PolicyStore store = reopen(folder);
    CHECK_FALSE(store.current());
    put(store, "first");
    put(store, "second");
  }
  const PolicyStore store = reopen(folder);
  REQUIRE(store.current());
  CHECK(store.current()->serial == 2);
  CHECK(store.current()->comment == "second");
  REQUIRE(store.previous());
  CHECK(store.previous()->comment == "first");
  const auto bytes = store.read(store.current()->content_address);
  REQUIRE(bytes);
  CHECK(*bytes == test_snapshot("second"));
}

TEST_CASE("a kill before any change of the disk leaves the old policy or the new one") {
  // How many changes an apply makes, learned from one that lives.
  int steps = 0;
  {
    const ScratchFolder folder;
    DyingFiles files(1'000'000);
    auto store = PolicyStore::open(folder.path(), files);
    put(*store, "old");
    const int before = files.changes();
    put(*store, "new");
    steps = files.changes() - before;
  }
  REQUIRE(steps >= 6);

  std::set<std::string> outcomes;
  for (int step = 0; step < steps; ++step) {
    CAPTURE(step);
    const ScratchFolder folder;
    {
      PolicyStore store = reopen(folder);
      put(store, "old");
    }
    std::uint32_t staged_serial = 0;
    try {
      DyingFiles files(step);
      auto store = PolicyStore::open(folder.path(), files);
      const auto bytes = test_snapshot("new");
      if (auto staged = store->stage(bytes, draft(bytes, "new"))) staged_serial = staged->serial;
      (void)store->commit();
      FAIL("it should have died");
    } catch (const Killed&) {
    }
    PolicyStore store = reopen(folder);
    REQUIRE(store.current());
    const std::string now = store.current()->comment;
    outcomes.insert(now);
    CHECK((now == "old" || now == "new"));
    const auto bytes = store.read(store.current()->content_address);
    REQUIRE(bytes);
    CHECK(*bytes == test_snapshot(now));
    CHECK(folder.count(".new") == 0);
    // A serial that a caller has seen is never given again.
    CHECK(put(store, "after").serial > staged_serial);
    CHECK(reopen(folder).current()->comment == "after");
  }
  CHECK(outcomes == std::set<std::string>{"new", "old"});
}

TEST_CASE("a kill between hand-over and commit leaves the version pending, to commit or discard") {
  const ScratchFolder folder;
  {
    PolicyStore store = reopen(folder);
    put(store, "old");
    const auto bytes = test_snapshot("new");
    REQUIRE(store.stage(bytes, draft(bytes, "new")));
  }
  SECTION("commit") {
    PolicyStore store = reopen(folder);
    REQUIRE(store.pending());
    CHECK(store.current()->comment == "old");
    REQUIRE(store.commit());
    CHECK(reopen(folder).current()->comment == "new");
  }
  SECTION("discard") {
    PolicyStore store = reopen(folder);
    REQUIRE(store.discard());
    CHECK(store.current()->comment == "old");
    CHECK(store.passing().size() == 1);  // it may have been in force
    CHECK(put(store, "next").serial == 3);
  }
}

PolicyVersion put_unconfirmed(PolicyStore& store, const std::string& source,
                              std::uint64_t bundle_version) {
  const auto bytes = test_snapshot(source);
  auto wanted = draft(bytes, source);
  wanted.bundle_version = bundle_version;
  wanted.awaits_confirmation = true;
  const auto version = store.stage(bytes, wanted);
  REQUIRE(version);
  REQUIRE(store.keep_unconfirmed());
  return *version;
}

TEST_CASE("an unconfirmed policy is in force over a restart, and is not what the box boots with") {
  const ScratchFolder folder;
  {
    PolicyStore store = reopen(folder);
    put(store, "old");
    put_unconfirmed(store, "new", 7);
  }
  PolicyStore store = reopen(folder);
  REQUIRE(store.unconfirmed());
  CHECK(store.unconfirmed()->bundle_version == 7);
  CHECK(store.in_force()->comment == "new");
  CHECK(store.current()->comment == "old");
  CHECK(folder.count(".snapshot") == 2);
  SECTION("confirmed") {
    REQUIRE(store.confirm());
    const PolicyStore again = reopen(folder);
    CHECK(again.current()->comment == "new");
    CHECK(again.current()->bundle_version == 7);
    CHECK_FALSE(again.unconfirmed());
    CHECK_FALSE(store.confirm());
  }
  SECTION("withdrawn") {
    REQUIRE(store.withdraw());
    CHECK(reopen(folder).in_force()->comment == "old");
    REQUIRE(reopen(folder).passing().size() == 1);
    CHECK(reopen(folder).passing().front().comment == "new");
    CHECK(store.read(reopen(folder).passing().front().content_address));
    CHECK(put(store, "next").serial == 3);
  }
  SECTION("another one takes its place") {
    put_unconfirmed(store, "newer", 8);
    CHECK(reopen(folder).unconfirmed()->bundle_version == 8);
    REQUIRE(reopen(folder).passing().size() == 1);
    CHECK(reopen(folder).passing().front().bundle_version == 7);
    CHECK(folder.count(".snapshot") == 3);
  }
  SECTION("a policy of the box's own takes its place") {
    put(store, "local");
    CHECK_FALSE(reopen(folder).unconfirmed());
    CHECK(reopen(folder).current()->bundle_version == 0);
  }
  SECTION("a policy of the box's own that is not taken does not") {
    const auto bytes = test_snapshot("local");
    REQUIRE(store.stage(bytes, draft(bytes, "local")));
    CHECK_FALSE(reopen(folder).pending_awaits_confirmation());
    REQUIRE(store.discard());
    CHECK(reopen(folder).in_force()->comment == "new");
  }
}

TEST_CASE("a kill at any step of confirming or withdrawing leaves the old policy or the new one") {
  const bool confirm = GENERATE(true, false);
  CAPTURE(confirm);
  const auto act = [&](FileDoor& files, const ScratchFolder& folder) {
    auto store = PolicyStore::open(folder.path(), files);
    const auto bytes = test_snapshot("new");
    auto wanted = draft(bytes, "new");
    wanted.bundle_version = 7;
    wanted.awaits_confirmation = true;
    (void)store->stage(bytes, wanted);
    (void)store->keep_unconfirmed();
    (void)(confirm ? store->confirm() : store->withdraw());
  };
  int steps = 0;
  {
    const ScratchFolder folder;
    PolicyStore first = reopen(folder);
    put(first, "old");
    DyingFiles files(1'000'000);
    act(files, folder);
    steps = files.changes();
  }
  REQUIRE(steps >= 8);
  std::set<std::string> booted;
  for (int step = 0; step < steps; ++step) {
    CAPTURE(step);
    const ScratchFolder folder;
    PolicyStore first = reopen(folder);
    put(first, "old");
    DyingFiles files(step);
    CHECK_THROWS_AS(act(files, folder), Killed);
    PolicyStore store = reopen(folder);
    REQUIRE(store.current());
    booted.insert(store.current()->comment);
    CHECK(store.read(store.in_force()->content_address));
    if (store.pending()) {
      CHECK(store.pending_awaits_confirmation());
      CHECK(store.read(store.pending()->content_address));
    }
    if (!confirm) CHECK(store.current()->comment == "old");
    const auto after = put(store, "after").serial;
    CHECK(reopen(folder).current()->serial == after);
  }
  CHECK(booted.count("new") == (confirm ? 1 : 0));
}

TEST_CASE("only the last twenty versions are kept, and no file that none of them names") {
  const ScratchFolder folder;
  PolicyStore store = reopen(folder);
  for (int i = 0; i < 25; ++i) put(store, "policy " + std::to_string(i));
  CHECK(store.newest_first().size() == PolicyStore::kKeptVersions);
  CHECK(store.newest_first().front().serial == 25);
  CHECK(folder.count(".snapshot") == PolicyStore::kKeptVersions);
  CHECK_FALSE(store.find(5));
  CHECK(store.find(6));
}

TEST_CASE("of policies that only passed the last eight are kept, and none of them as history") {
  const ScratchFolder folder;
  PolicyStore store = reopen(folder);
  put(store, "confirmed");
  for (std::uint64_t i = 0; i < 12; ++i)
    put_unconfirmed(store, "passing " + std::to_string(i), i + 1);
  REQUIRE(store.passing().size() == PolicyStore::kKeptPassing);
  CHECK(store.passing().front().comment == "passing 3");
  CHECK(store.passing().back().comment == "passing 10");
  CHECK(folder.count(".snapshot") == 2 + PolicyStore::kKeptPassing);
  CHECK(store.newest_first().size() == 1);
  CHECK_FALSE(store.find(store.passing().back().serial));
  CHECK(reopen(folder).passing() == store.passing());
}

TEST_CASE("the same policy under two serials is one file, kept while either is") {
  const ScratchFolder folder;
  PolicyStore store = reopen(folder);
  put(store, "a");
  put(store, "b");
  put(store, "a");
  CHECK(folder.count(".snapshot") == 2);
  CHECK(store.read(store.current()->content_address));
  CHECK(store.previous()->comment == "b");
}

TEST_CASE("a damaged history is put aside and the current policy stays") {
  const ScratchFolder folder;
  {
    PolicyStore store = reopen(folder);
    put(store, "a");
    put(store, "b");
  }
  const std::string damage = GENERATE("", "{", "[1]", "\xff\xfe");
  folder.write("history.json", damage);
  PolicyStore store = reopen(folder);
  REQUIRE(store.current());
  CHECK(store.current()->serial == 2);
  CHECK(folder.count("damaged") == 1);
  CHECK(put(store, "c").serial == 3);
}

TEST_CASE("a snapshot that is not what its name says is refused") {
  const ScratchFolder folder;
  PolicyStore store = reopen(folder);
  const auto a = put(store, "a");
  auto other = test_snapshot("b");
  folder.write(a.content_address + ".snapshot", std::string(other.size(), 'x'));
  CHECK_FALSE(store.read(a.content_address));
  CHECK_FALSE(store.stage(other, {.content_address = "../../etc/passwd", .rules = 1}));
}

}  // namespace
}  // namespace sekisho::controlplane
