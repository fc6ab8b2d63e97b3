// The spool on a disk that fails, and under a process that is killed or loses power, in every
// change that a run of work makes, at several points of the change.
#include "spool_user.h"

namespace sekisho::controlplane {
namespace {

using Trouble = FakeDisk::Trouble;

/// Fills segments, drops some for want of room, acknowledges into others, moves a mark alone.
void work(SpoolUser& user) {
  for (std::size_t i = 0; i < 10; ++i) user.append_batch(3 + i % 3, 1500);
  user.acknowledge(user.next() - 12);
  user.append_batch(4, 700);
  user.append_batch(0, 0);
  user.append_batch(1, 15'000);
  user.acknowledge(user.next() - 1);
  for (std::size_t i = 0; i < 8; ++i) user.append_batch(5, 1000);
}

/// The changes that opening an empty folder and the work make; those of opening first.
struct Changes {
  int opening = 0;
  int all = 0;
};

Changes changes_of_work() {
  FakeDisk disk;
  disk.plan(Trouble::none, 0, 0);
  SpoolUser user;
  user.open(disk);
  Changes changes;
  changes.opening = disk.changes();
  work(user);
  changes.all = disk.changes();
  REQUIRE(user.lost() > 0);                        // the work covers dropping,
  REQUIRE(user.first() > 1);                       //
  REQUIRE(user.acknowledged() + 1 > user.lost());  // acknowledging,
  REQUIRE(changes.all > 40);                       // and enough steps
  return changes;
}

void restart(SpoolUser& user, FakeDisk& disk, int way) {
  user.forget(disk);
  if (way > 0) disk.lose_power(way == 1);
  user.set_opened_before();
  user.open(disk);
  user.check_after_restart();
}

TEST_CASE("a kill or a power loss in any change loses nothing, doubles nothing, keeps the epoch") {
  const Changes changes = changes_of_work();
  const int way = GENERATE(0, 1, 2);  // killed; power loss; the same with removed files back
  for (int change = changes.opening; change < changes.all; ++change)
    for (int variant = 0; variant < FakeDisk::kVariants; ++variant) {
      CAPTURE(way, change, variant);
      FakeDisk disk;
      disk.plan(Trouble::dies, change, variant);
      SpoolUser user;
      user.open(disk);
      CHECK_THROWS_AS(work(user), Killed);
      restart(user, disk, way);
      work(user);
      user.check();
      restart(user, disk, way);
    }
}

TEST_CASE("a kill in the first opening leaves a folder that opens") {
  const Changes changes = changes_of_work();
  const int way = GENERATE(0, 1, 2);
  for (int change = 0; change < changes.opening; ++change)
    for (int variant = 0; variant < FakeDisk::kVariants; ++variant) {
      CAPTURE(way, change, variant);
      FakeDisk disk;
      disk.plan(Trouble::dies, change, variant);
      CHECK_THROWS_AS(Spool::open("/spool", kSmall, disk), Killed);
      disk.plan(Trouble::none, 0, 0);
      if (way > 0) disk.lose_power(way == 1);
      SpoolUser user;
      user.open(disk);
      work(user);
      user.check();
      restart(user, disk, way);
    }
}

TEST_CASE("a kill in a later opening, after a torn batch, changes nothing either") {
  const int way = GENERATE(0, 1, 2);
  for (int change = 0; change < 3; ++change)
    for (int variant = 0; variant < FakeDisk::kVariants; ++variant) {
      CAPTURE(way, change, variant);
      FakeDisk disk;
      disk.plan(Trouble::dies, 5, 3);
      SpoolUser user;
      user.open(disk);
      CHECK_THROWS_AS(work(user), Killed);
      user.forget(disk);
      disk.plan(Trouble::dies, change, variant);
      try {
        (void)Spool::open("/spool", kSmall, disk);
      } catch (const Killed&) {
      }
      restart(user, disk, way);
      work(user);
      user.check();
    }
}

TEST_CASE("after failed changes a batch is taken at a later attempt, once, and no other attempt") {
  const Changes changes = changes_of_work();
  const int in_a_row = GENERATE(1, 2, 3);
  for (int change = changes.opening; change < changes.all; ++change)
    for (int variant = 0; variant < FakeDisk::kVariants; ++variant) {
      CAPTURE(in_a_row, change, variant);
      FakeDisk disk;
      disk.plan(Trouble::fails, change, variant);
      disk.fail_for(in_a_row);
      SpoolUser user;
      user.open(disk);
      work(user);
      user.check();
      restart(user, disk, 1);
    }
}

TEST_CASE("a failed change, and some changes later a kill or a power loss") {
  const Changes changes = changes_of_work();
  const int way = GENERATE(0, 1, 2);
  for (int failing = changes.opening; failing < changes.all; ++failing)
    for (int later = 1; later <= 5; ++later)
      for (int variant = 0; variant < FakeDisk::kVariants; ++variant) {
        CAPTURE(way, failing, later, variant);
        FakeDisk disk;
        disk.plan(Trouble::fails, failing, variant);
        SpoolUser user;
        user.open(disk);
        disk.fail_for(1 + later % 2);
        disk.then_die(later, (variant * 4 + later) % FakeDisk::kVariants);
        try {
          work(user);
        } catch (const Killed&) {
        }
        restart(user, disk, way);
        work(user);
        user.check();
      }
}

}  // namespace
}  // namespace sekisho::controlplane
