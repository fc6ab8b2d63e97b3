// Random work, failures, kills and power losses, compared with a list of what must be there.
#include <random>

#include "spool_user.h"

namespace sekisho::controlplane {
namespace {

using Trouble = FakeDisk::Trouble;

class RandomWork {
 public:
  explicit RandomWork(std::uint32_t seed) : random_(seed) {}

  void run(int steps) {
    user_.open(disk_);
    user_.set_opened_before();
    for (int i = 0; i < steps; ++i) {
      plan_trouble();
      try {
        step();
        if (below(10) == 0) restart();
      } catch (const Killed&) {
        restart();
      }
    }
    user_.check();
  }
  std::uint64_t lost() const { return user_.lost(); }

 private:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

  void plan_trouble() {
    const auto kind = below(6);
    if (kind > 1) return disk_.plan(Trouble::none, 0, 0);
    disk_.plan(kind == 0 ? Trouble::fails : Trouble::dies, static_cast<int>(below(6)),
               static_cast<int>(below(FakeDisk::kVariants)));
  }

  void step() {
    if (below(4) > 0) {
      user_.append_batch(below(6), below(3) == 0 ? 3000 : 300);
    } else if (user_.next() > user_.first()) {
      user_.acknowledge(user_.first() +
                        below(static_cast<std::uint32_t>(user_.next() - user_.first())));
    }
  }

  void restart() {
    const auto way = below(3);
    user_.forget(disk_);
    if (way > 0) disk_.lose_power(way == 1);
    user_.open(disk_);
    user_.check_after_restart();
  }

  std::mt19937 random_;
  FakeDisk disk_;
  SpoolUser user_;
};

TEST_CASE("random work with random trouble agrees with a list of lines") {
  std::uint64_t lost = 0;
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    RandomWork work(seed);
    work.run(150);
    lost += work.lost();
  }
  CHECK(lost > 0);
}

}  // namespace
}  // namespace sekisho::controlplane
