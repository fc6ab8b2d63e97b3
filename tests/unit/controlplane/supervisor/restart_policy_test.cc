#include "controlplane/supervisor/restart_policy.h"

#include <catch2/catch.hpp>
#include <vector>

namespace sekisho::controlplane {
namespace {

using std::chrono::milliseconds;

TEST_CASE("a process that lived is started again at once, one that keeps dying ever later") {
  RestartPolicy policy;
  CHECK(policy.died_after(milliseconds(60'000)) == milliseconds(0));
  std::vector<long> waits;
  for (int i = 0; i < 9; ++i) waits.push_back(policy.died_after(milliseconds(10)).count());
  CHECK(waits == std::vector<long>{100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000});
  CHECK(policy.died_after(milliseconds(1'000)) == milliseconds(0));
  CHECK(policy.died_after(milliseconds(999)) == milliseconds(100));
}

TEST_CASE("the very first death costs nothing") {
  RestartPolicy policy;
  CHECK(policy.died_after(milliseconds(5)) == milliseconds(0));
}

}  // namespace
}  // namespace sekisho::controlplane
