#include "controlplane/agent/content_store.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "dying_files.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

ContentSet set_of(std::uint64_t version, const std::string& rules) {
  return {version,
          {{"et", version, {{"a.rules", rules}, {"threshold.config", "t\n"}}},
           {"ours", 7, {{"b.rules", "of ours\n"}}}}};
}

struct Bench {
  ScratchFolder folder;
  DiskFiles disk;
  Bench() { std::filesystem::create_directories(folder.file("content")); }
  ContentStore store() { return {folder.file("content"), disk}; }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.file("content")))
      count += entry.path().extension() == ".packs" ? 1 : 0;
    return count;
  }
};

void take(ContentStore& store, const ContentSet& set) {
  REQUIRE(store.stage(set));
  REQUIRE(store.commit());
}

TEST_CASE("a set that was committed is there, file by file, after a restart") {
  Bench bench;
  {
    auto store = bench.store();
    CHECK(store.packs()->empty());
    CHECK_FALSE(store.current());
    take(store, set_of(3, "first\n"));
  }
  const auto store = bench.store();
  CHECK(*store.packs() == set_of(3, "first\n").packs);
  CHECK(store.current()->version == 3);
  CHECK(store.current()->packs == std::vector<ContentStore::Pack>{{"et", 3}, {"ours", 7}});
  CHECK(store.highest_version() == 3);
  CHECK(store.attempt() == ContentAttempt{3, ContentOutcome::accepted, "", ""});
}

TEST_CASE("a set counts while it is tried, and one that is discarded leaves the one before") {
  Bench bench;
  auto store = bench.store();
  take(store, set_of(1, "first\n"));
  REQUIRE(store.stage(set_of(2, "second\n")));
  CHECK(*store.packs() == set_of(2, "second\n").packs);
  REQUIRE(store.discard("compiler", "too large"));
  CHECK(*store.packs() == set_of(1, "first\n").packs);
  CHECK(store.attempt() == ContentAttempt{2, ContentOutcome::refused, "compiler", "too large"});
  CHECK(store.highest_version() == 1);
  CHECK(bench.files() == 1);
}

TEST_CASE("there is a way back to the set before, and only one") {
  Bench bench;
  auto store = bench.store();
  take(store, set_of(1, "first\n"));
  CHECK_FALSE(store.stage_former());
  take(store, set_of(2, "second\n"));
  take(store, set_of(3, "third\n"));
  CHECK(bench.files() == 2);
  REQUIRE(store.stage_former());
  CHECK(*store.packs() == set_of(2, "second\n").packs);
  REQUIRE(store.commit());
  CHECK(store.current()->version == 2);
  CHECK(store.former()->version == 3);
  CHECK(store.highest_version() == 3);
  CHECK(store.attempt() == ContentAttempt{3, ContentOutcome::rolled_back, "", ""});
}

TEST_CASE("a way back that does not work leaves what is known of the deliveries") {
  Bench bench;
  auto store = bench.store();
  take(store, set_of(1, "first\n"));
  take(store, set_of(2, "second\n"));
  REQUIRE(store.stage_former());
  REQUIRE(store.discard("dataplane", "no"));
  CHECK(store.current()->version == 2);
  CHECK(store.attempt().outcome == ContentOutcome::accepted);
}

TEST_CASE("packs are unproven until the console was heard of, also after a restart") {
  Bench bench;
  auto store = bench.store();
  take(store, set_of(1, "first\n"));
  CHECK(bench.store().is_unproven());
  REQUIRE(store.prove());
  CHECK_FALSE(bench.store().is_unproven());
}

TEST_CASE("the first packs can be taken back, too") {
  Bench bench;
  auto store = bench.store();
  take(store, set_of(4, "first\n"));
  REQUIRE(store.stage_nothing());
  REQUIRE(store.commit("why"));
  CHECK(store.packs()->empty());
  CHECK_FALSE(store.is_unproven());
  CHECK(store.current()->version == 0);
  CHECK(store.highest_version() == 4);
  CHECK(store.attempt() == ContentAttempt{4, ContentOutcome::rolled_back, "unreachable", "why"});
}

TEST_CASE("what was tried when the process ended is tried once more, and then refused") {
  Bench bench;
  {
    auto store = bench.store();
    take(store, set_of(1, "first\n"));
    REQUIRE(store.stage(set_of(2, "second\n")));
  }
  {
    auto store = bench.store();
    CHECK(*store.packs() == set_of(1, "first\n").packs);  // until it is tried
    CHECK(store.take_interrupted() == set_of(2, "second\n"));
    CHECK(*store.packs() == set_of(1, "first\n").packs);
    REQUIRE(store.stage(set_of(2, "second\n")));
  }
  auto store = bench.store();
  CHECK_FALSE(store.take_interrupted());
  CHECK(store.attempt().version == 2);
  CHECK(store.attempt().reason_code == "interrupted");
  CHECK(store.current()->version == 1);
}

TEST_CASE("another console begins to count anew, and what is in force stays") {
  Bench bench;
  {
    auto store = bench.store();
    take(store, set_of(1, "first\n"));
    take(store, set_of(9, "second\n"));
    REQUIRE(store.forget());
  }
  auto store = bench.store();
  CHECK(store.current()->version == 0);
  CHECK(store.highest_version() == 0);
  CHECK(*store.packs() == set_of(9, "second\n").packs);
  CHECK_FALSE(store.former());
  take(store, set_of(1, "third\n"));
  CHECK(store.current()->version == 1);
}

TEST_CASE("a kill at any moment leaves the set before or the new one, whole") {
  for (int changes = 0;; ++changes) {
    Bench bench;
    {
      auto store = bench.store();
      take(store, set_of(1, "first\n"));
    }
    bool killed = false;
    DyingFiles dying(changes);
    try {
      ContentStore store(bench.folder.file("content"), dying);
      const bool staged{store.stage(set_of(2, "second\n"))};
      const bool committed{store.commit()};
      CHECK((staged && committed));
    } catch (const Killed&) {
      killed = true;
    }
    CAPTURE(changes);
    const auto store = bench.store();
    const auto packs = store.packs();
    REQUIRE(packs);
    const bool is_new = *packs == set_of(2, "second\n").packs;
    CHECK((is_new || *packs == set_of(1, "first\n").packs));
    CHECK(store.current()->version == (is_new ? 2 : 1));
    if (!killed) {
      CHECK(is_new);
      break;
    }
  }
}

TEST_CASE("what the disk does not take leaves nothing behind, and is told") {
  Bench bench;
  auto store = bench.store();
  take(store, set_of(1, "first\n"));
  const auto files = [&bench] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(bench.folder.file("content")))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  };
  const auto before = files();
  REQUIRE(before.size() == 2);
  // A folder of the new file's name: it cannot be replaced by a file.
  const auto taken = bench.folder.file("content/taken");
  std::filesystem::create_directory(taken);
  std::filesystem::create_directory(taken + "/more");
  CHECK_FALSE(replace_file(bench.disk, taken, "text", Readers::group));
  std::filesystem::remove_all(taken);
  CHECK(files() == before);

  store.refuse(2, "disk", "no space left");
  CHECK(store.attempt() == ContentAttempt{2, ContentOutcome::refused, "disk", "no space left"});
  CHECK(store.current()->version == 1);

  bench.folder.write("content/abc.packs.new", "half of it");  // of a kill
  CHECK(bench.store().current()->version == 1);
  CHECK(files() == before);
}

TEST_CASE("texts that the disk has changed are not used") {
  Bench bench;
  auto store = bench.store();
  take(store, set_of(1, "first\n"));
  bench.folder.write("content/" + store.current()->digest + ".packs", "et/a.rules 3\nabc");
  CHECK_FALSE(store.packs());
  {
    // As a box that never had any: the console delivers them again.
    const auto fresh = bench.store();
    CHECK_FALSE(fresh.current());
    CHECK(fresh.packs()->empty());
    CHECK(fresh.highest_version() == 0);
    CHECK(fresh.attempt().outcome == ContentOutcome::none);
  }
  bench.folder.write("content/state.json", "{\"current\": 7, \"attempt\": []");
  CHECK_FALSE(bench.store().current());
}

}  // namespace
}  // namespace sekisho::controlplane
