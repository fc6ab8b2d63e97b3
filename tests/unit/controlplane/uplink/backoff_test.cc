#include "controlplane/uplink/backoff.h"

#include <catch2/catch.hpp>

namespace sekisho::controlplane {
namespace {

using std::chrono::milliseconds;

TEST_CASE("the wait doubles up to the most, jittered between half and all of it") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Backoff backoff({milliseconds(500), milliseconds(60'000)}, seed);
    for (const int step : {500, 1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000}) {
      const auto wait = backoff.next();
      REQUIRE(wait >= milliseconds(step / 2));
      REQUIRE(wait <= milliseconds(step));
    }
    backoff.reset();
    CHECK(backoff.next() <= milliseconds(500));
  }
}

TEST_CASE("gateways that lost their console together do not come back together") {
  std::vector<std::int64_t> waits;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed)
    waits.push_back(Backoff({milliseconds(500), milliseconds(60'000)}, seed).next().count());
  std::sort(waits.begin(), waits.end());
  CHECK(waits[100] < 300);
  CHECK(waits[900] > 450);
}

}  // namespace
}  // namespace sekisho::controlplane
