#include "controlplane/agent/databases.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "config/content/entry_list.h"
#include "config/content/installed.h"
#include "controlplane/agent/content_ages.h"
#include "dying_files.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

using content::DatabaseKind;

content::Description described(std::uint64_t version, std::string_view list) {
  return {.version = version,
          .built = 1'790'000'000,
          .entries = content::num_entries(list),
          .bytes = list.size(),
          .sha256 = content::digest_of(list)};
}

std::variant<CompilerOutput, Refusal> compile(DatabaseKind, std::string_view list) {
  if (list == "bad\n") return Refusal{{Error::Code::invalid_input, "line 1: bad"}, {}};
  const auto bytes = std::as_bytes(std::span(list));
  return CompilerOutput{{bytes.begin(), bytes.end()}, {}, 0, {}};
}

struct DatabaseBench {
  ScratchFolder folder;
  DiskFiles disk;
  Status usable = ok();
  int taken_up = 0;

  DatabaseBench() {
    for (const auto kind : content::kDatabaseKinds)
      std::filesystem::create_directories(content::databases_folder(folder.path(), kind));
  }
  Databases open(FileDoor& files) {
    return {folder.path(), compile,
            [this](DatabaseKind) {
              ++taken_up;
              return usable;
            },
            files};
  }
  Databases open() { return open(disk); }
  /// What a process would map; "own" where that is the box's.
  std::string mapped(DatabaseKind kind = DatabaseKind::urls) {
    const auto path =
        content::installed_database(content::databases_folder(folder.path(), kind), "own");
    if (path == "own") return path;
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t files(DatabaseKind kind = DatabaseKind::urls) {
    return disk.list(content::databases_folder(folder.path(), kind)).size();
  }
};

const auto kUrls = DatabaseKind::urls;

TEST_CASE("a database comes into force, is there after a restart, and two versions are kept") {
  DatabaseBench bench;
  {
    auto databases = bench.open();
    CHECK(bench.mapped() == "own");
    databases.enforce(kUrls, described(1, "a\n"), "a\n");
    CHECK(bench.mapped() == "a\n");
    CHECK(bench.taken_up == 1);
    databases.enforce(kUrls, described(2, "b\n"), "b\n");
    databases.enforce(kUrls, described(3, "c\n"), "c\n");
    CHECK(bench.files() == 5);  // state.json, two lists, two databases
  }
  auto databases = bench.open();
  CHECK(bench.mapped() == "c\n");
  CHECK(databases.list_in_force(kUrls) == "c\n");
  const auto row = databases.rows().front();
  CHECK(row.current->description == described(3, "c\n"));
  CHECK(row.former->description.version == 2);
  CHECK(row.highest_version == 3);
  CHECK(row.attempt == ContentAttempt{3, ContentOutcome::accepted, "", ""});
  CHECK(bench.mapped(DatabaseKind::indicators) == "own");
}

TEST_CASE("a rollback leaves a version, down to the box's own, and back") {
  DatabaseBench bench;
  auto databases = bench.open();
  CHECK(databases.rollback(kUrls).error().code == Error::Code::not_found);
  databases.enforce(kUrls, described(4, "a\n"), "a\n");
  REQUIRE(databases.rollback(kUrls));
  CHECK(bench.mapped() == "own");
  CHECK(databases.reports().front().attempt ==
        ContentAttempt{4, ContentOutcome::rolled_back, "", ""});
  CHECK(databases.reports().front().highest_version == 4);
  REQUIRE(databases.rollback(kUrls));
  CHECK(bench.mapped() == "a\n");
  databases.enforce(kUrls, described(5, "b\n"), "b\n");
  REQUIRE(databases.rollback(kUrls));
  CHECK(bench.mapped() == "a\n");
  CHECK(databases.reports().front().attempt.version == 5);
}

TEST_CASE("what cannot be made or used is refused, and what was there stays") {
  DatabaseBench bench;
  auto databases = bench.open();
  databases.enforce(kUrls, described(1, "a\n"), "a\n");
  SECTION("compiler") {
    databases.enforce(kUrls, described(2, "bad\n"), "bad\n");
    CHECK(databases.reports().front().attempt ==
          ContentAttempt{2, ContentOutcome::refused, "compiler", "line 1: bad"});
  }
  SECTION("dataplane") {
    bench.usable = Error{Error::Code::invalid_input, "no room"};
    databases.enforce(kUrls, described(2, "b\n"), "b\n");
    CHECK(databases.reports().front().attempt ==
          ContentAttempt{2, ContentOutcome::refused, "dataplane", "no room"});
  }
  CHECK(bench.mapped() == "a\n");
  CHECK(databases.rows().front().current->description.version == 1);
  CHECK(bench.files() == 3);
  auto again = bench.open();
  CHECK(again.reports().front().attempt.version == 2);
  CHECK(bench.mapped() == "a\n");
}

TEST_CASE("a kill at any change of the disk leaves the old database or the new one, whole") {
  bool lived = false;
  for (int changes = 0; !lived; ++changes) {
    CAPTURE(changes);
    DatabaseBench bench;
    {
      auto databases = bench.open();
      databases.enforce(kUrls, described(1, "first\n"), "first\n");
      databases.enforce(kUrls, described(2, "second\n"), "second\n");
    }
    DyingFiles dying(changes);
    try {
      auto databases = bench.open(dying);
      databases.enforce(kUrls, described(3, "third\n"), "third\n");
      lived = true;
    } catch (const Killed&) {
    }
    auto databases = bench.open();
    const auto mapped = bench.mapped();
    const auto row = databases.rows().front();
    REQUIRE(row.current);
    CHECK(mapped == (row.current->description.version == 3 ? "third\n" : "second\n"));
    CHECK(databases.list_in_force(kUrls) == mapped);
    CHECK(row.former->description.version == row.current->description.version - 1);
    CHECK(bench.files() == 5);
    if (lived) CHECK(row.current->description.version == 3);
  }
}

TEST_CASE("pieces outlive a restart, and those of another arrival go") {
  DatabaseBench bench;
  const DatabaseArrival arrival{kUrls, std::string(64, 'a'), 0};
  {
    auto databases = bench.open();
    CHECK(databases.begin(arrival) == 0);
    REQUIRE(databases.keep(arrival, 0, "one "));
    REQUIRE(databases.keep(arrival, 1, "two"));
  }
  auto databases = bench.open();
  CHECK(databases.begin(arrival) == 2);
  CHECK(*databases.take(arrival, 2) == "one two");
  CHECK_FALSE(databases.take(arrival, 3));
  CHECK(databases.begin({kUrls, std::string(64, 'a'), 1}) == 0);
  CHECK(databases.begin(arrival) == 0);
  CHECK(bench.files() == 0);
}

TEST_CASE("another console counts versions of its own, what is in force stays") {
  DatabaseBench bench;
  auto databases = bench.open();
  databases.enforce(kUrls, described(9, "a\n"), "a\n");
  databases.forget();
  CHECK(bench.mapped() == "a\n");
  CHECK(databases.reports().front().in_force.version == 0);
  CHECK(databases.reports().front().highest_version == 0);
  CHECK(databases.list_in_force(kUrls).empty());
  databases.enforce(kUrls, described(1, "b\n"), "b\n");
  CHECK(bench.mapped() == "b\n");
}

TEST_CASE("a database that grows old is told once, and once more when that is over") {
  DatabaseBench bench;
  auto databases = bench.open();
  box::BoxConfig box;
  box.content_max_age.urls_days = 3;
  std::vector<std::string> told;
  ContentAges ages(
      box, databases,
      {.console_packs = [] { return std::string(); },
       .changed =
           [&](const ContentAge& age) {
             told.push_back(std::string(age.is_stale ? "stale " : "fresh ").append(age.kind));
           }});
  constexpr std::int64_t kBuilt = 1'790'000'000, kDay = 86'400;
  ages.look(kBuilt);
  CHECK(told.empty());  // what a box does not have does not grow old
  databases.enforce(kUrls, described(1, "a\n"), "a\n");
  ages.look(kBuilt + 3 * kDay);
  CHECK(told.empty());
  ages.look(kBuilt + 3 * kDay + 1);
  ages.look(kBuilt + 4 * kDay);
  CHECK(told == std::vector<std::string>{"stale urls"});
  CHECK(databases.reports().front().is_stale);
  auto newer = described(2, "b\n");
  newer.built += 4 * kDay;
  databases.enforce(kUrls, newer, "b\n");
  ages.look(kBuilt + 4 * kDay);
  CHECK(told == std::vector<std::string>{"stale urls", "fresh urls"});
  CHECK_FALSE(databases.reports().front().is_stale);
}

TEST_CASE("rules of the IPS and signatures of malware grow old, too, by their newest file") {
  DatabaseBench bench;
  auto databases = bench.open();
  constexpr std::int64_t kDay = 86'400, kNow = 1'790'000'000;
  const auto file_of = [&](const std::string& name, std::int64_t age_days) {
    const std::filesystem::path path = bench.folder.path() + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "text";
    const timespec at{.tv_sec = kNow - age_days * kDay, .tv_nsec = 0};
    const std::array<timespec, 2> both{at, at};
    REQUIRE(utimensat(AT_FDCWD, path.c_str(), both.data(), 0) == 0);
    return path.string();
  };
  box::BoxConfig box;
  box.state_dir = bench.folder.path();
  box.rule_packs = bench.folder.path() + "/firmware";
  box.malware_signatures = bench.folder.path() + "/signatures";
  std::string console;
  std::vector<std::string> told;
  ContentAges ages(
      box, databases,
      {.console_packs = [&] { return console; },
       .changed =
           [&](const ContentAge& age) {
             told.push_back(std::string(age.is_stale ? "stale " : "fresh ").append(age.kind));
           }});
  using Origin = ContentAge::Origin;
  const auto now = [&](std::size_t number) { return ages.ages(kNow)[number]; };
  constexpr std::size_t kIps = 3, kMalware = 4;
  ages.look(kNow);
  CHECK(told.empty());
  CHECK(now(kIps).origin == Origin::none);

  file_of("firmware/a.rules", 31);
  file_of("firmware/readme.txt", 0);
  file_of("signatures/a.ndb", 40);
  ages.look(kNow);
  ages.look(kNow);
  CHECK(told == std::vector<std::string>{"stale ips", "stale malware"});
  CHECK(now(kIps).origin == Origin::box);
  CHECK(now(kIps).seconds == 31 * kDay);

  file_of("ips/packs/mine.rules", 30);
  ages.look(kNow);
  CHECK(told.back() == "fresh ips");
  CHECK(now(kIps).origin == Origin::import);
  CHECK(now(kIps).bytes == 8);

  file_of("ips/content/new.packs", 1);
  file_of("ips/content/former.packs", 0);
  console = "new";
  CHECK(now(kIps).origin == Origin::console);
  CHECK(now(kIps).seconds == kDay);

  box.malware_database = file_of("own.db", 2);
  ages.look(kNow);
  CHECK(told.back() == "fresh malware");
  CHECK(now(kMalware).seconds == 2 * kDay);
}

}  // namespace
}  // namespace sekisho::controlplane
