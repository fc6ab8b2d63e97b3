#include "controlplane/bandwidth/account_store.h"

#include <catch2/catch.hpp>

#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

constexpr std::int64_t kStart = 1'763'000'000 / 3600 * 3600;

struct Box {
  ScratchFolder folder;
  DiskFiles disk;
  std::vector<std::string> damaged;

  AccountStore open(const AccountStore::Limits& limits = {}) {
    return AccountStore(
        folder.path(), disk, limits,
        [this](const std::string& file, const std::string&) { damaged.push_back(file); });
  }
};

/// The reading of minute `n` after kStart.
BandwidthAccount minute(std::int64_t n, std::uint64_t bytes) {
  return {.begin = kStart + 60 * (n - 1),
          .end = kStart + 60 * n,
          .boot_id = "9",
          .number = static_cast<std::uint64_t>(n),
          .rows = {{{.address = "192.0.2.1", .user = {}, .application = {}, .category = {}},
                    {.bytes_out = bytes}}}};
}

std::uint64_t bytes_in(const BandwidthAccount& account) {
  std::uint64_t sum = 0;
  for (const auto& row : account.rows) sum += row.traffic.bytes();
  return sum;
}

TEST_CASE("what was kept is there after a restart, and names the last reading") {
  Box box;
  {
    auto store = box.open();
    CHECK(store.last_boot().empty());
    for (std::int64_t n = 1; n <= 10; ++n) REQUIRE(store.add(minute(n, 100)));
  }
  box.folder.write("minute-000000000001-1.new", "torn");
  auto store = box.open();
  CHECK(store.last_boot() == "9");
  CHECK(store.last_number() == 10);
  CHECK(bytes_in(store.between(kStart, kStart + 600)) == 1000);
  const auto some = store.between(kStart + 300, kStart + 480);
  CHECK(bytes_in(some) == 300);
  CHECK(some.begin == kStart + 300);
  CHECK(some.end == kStart + 480);
  CHECK(bytes_in(store.between(kStart - 600, kStart)) == 0);
  CHECK(box.damaged.empty());
}

TEST_CASE("hours are summed up once and answer for long times") {
  Box box;
  auto store = box.open();
  for (std::int64_t n = 1; n <= 5 * 60; ++n) REQUIRE(store.add(minute(n, 10)));
  CHECK(box.folder.count("hour-") == 4);
  CHECK(bytes_in(store.between(kStart, kStart + 5 * 3600)) == 3000);
  CHECK(bytes_in(store.between(kStart + 1800, kStart + 5 * 3600)) == 3000);  // a whole hour counts
  auto again = box.open({.minutes = std::chrono::minutes(30), .hours = std::chrono::hours(3)});
  REQUIRE(again.add(minute(301, 10)));
  CHECK(box.folder.count("minute-") == 31);
  CHECK(box.folder.count("hour-") == 2);  // the third began one minute too early
  CHECK(bytes_in(again.between(kStart, kStart + 6 * 3600)) == 2 * 600 + 10);
}

TEST_CASE("what was kept and not told is told, by whoever comes next") {
  Box box;
  {
    auto store = box.open();
    CHECK(store.untold().readings.empty());
    REQUIRE(store.mark_told());
    for (std::int64_t n = 1; n <= 58; ++n) REQUIRE(store.add(minute(n, 10)));
    REQUIRE(store.untold().readings.size() == 58);
    CHECK(store.untold().hours.empty());
    REQUIRE(store.mark_told());
    CHECK(store.untold().readings.empty());
    for (std::int64_t n = 59; n <= 61; ++n) REQUIRE(store.add(minute(n, 10)));
    CHECK(store.untold().hours.size() == 1);
  }
  {
    auto store = box.open();
    const auto untold = store.untold();
    REQUIRE(untold.readings.size() == 3);
    CHECK(untold.readings.front() == minute(59, 10));
    REQUIRE(untold.hours.size() == 1);
    CHECK(bytes_in(untold.hours.front()) == 600);
    REQUIRE(store.mark_told());
    // A clock that was set back.
    REQUIRE(store.add(minute(2, 7)));
    REQUIRE(store.untold().readings.size() == 1);
    CHECK(bytes_in(store.untold().readings.front()) == 7);
  }
  box.folder.write("told", "no name\n\n");
  CHECK(box.open().untold().hours.size() == 1);
}

TEST_CASE("a box that never marked what it told is told nothing again") {
  Box box;
  {
    auto store = box.open();
    for (std::int64_t n = 1; n <= 61; ++n) REQUIRE(store.add(minute(n, 10)));
  }
  auto store = box.open();
  CHECK(store.untold().readings.empty());
  REQUIRE(store.mark_told());
  REQUIRE(store.add(minute(62, 10)));
  CHECK(store.untold().readings.size() == 1);
  CHECK(store.untold().hours.empty());
}

TEST_CASE("the oldest go when there is no room") {
  Box box;
  auto store = box.open({.max_bytes = 20 * encode(minute(1, 10)).size()});
  for (std::int64_t n = 1; n <= 50; ++n) REQUIRE(store.add(minute(n, 10)));
  const auto left = bytes_in(store.between(kStart, kStart + 3600)) / 10;
  CHECK(left >= 15);
  CHECK(left <= 20);
  CHECK(bytes_in(store.between(kStart + 49 * 60, kStart + 3600)) == 10);
}

TEST_CASE("a damaged file is put aside and told, and the others count") {
  Box box;
  {
    auto store = box.open();
    for (std::int64_t n = 1; n <= 3; ++n) REQUIRE(store.add(minute(n, 100)));
  }
  const auto name = "minute-00" + std::to_string(kStart + 120) + "-2";
  REQUIRE(box.folder.count(name) == 1);
  box.folder.write(name, "no account");
  box.folder.write("minute-00" + std::to_string(kStart + 180) + "-3", "");
  auto store = box.open();
  CHECK(store.last_number() == 1);
  CHECK(bytes_in(store.between(kStart, kStart + 600)) == 100);
  CHECK(box.damaged.size() == 2);
  CHECK(box.folder.count("damaged") == 1);
  CHECK(bytes_in(store.between(kStart, kStart + 600)) == 100);
  CHECK(box.damaged.size() == 2);
}

}  // namespace
}  // namespace sekisho::controlplane
