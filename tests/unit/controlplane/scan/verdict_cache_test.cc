#include "controlplane/scan/verdict_cache.h"

#include <catch2/catch.hpp>

namespace sekisho::controlplane {
namespace {

using scan::Verdict;
using Clock = VerdictCache::Clock;

scan::ScanAnswer answer(const std::string& sha256, Verdict verdict) {
  scan::ScanAnswer made;
  made.sha256 = sha256;
  made.verdict = verdict;
  return made;
}

TEST_CASE("an answer counts while the signatures are what they were") {
  VerdictCache cache;
  const auto now = Clock::now();
  cache.keep(answer("a", Verdict::clean), {.own = 1, .engine = 7}, now);
  const auto found = cache.find("a", {.own = 1, .engine = 7}, now);
  REQUIRE(found);
  CHECK(found->from_cache);
  CHECK(found->verdict == Verdict::clean);
  CHECK_FALSE(cache.find("b", {.own = 1, .engine = 7}, now));
  CHECK_FALSE(cache.find("a", {.own = 2, .engine = 7}, now));
  CHECK_FALSE(cache.find("a", {.own = 1, .engine = 7}, now));  // it is gone
  cache.keep(answer("a", Verdict::infected), {.own = 2, .engine = 7}, now);
  CHECK_FALSE(cache.find("a", {.own = 2, .engine = 8}, now));
}

TEST_CASE("a file that ends the scanner is remembered for a while, whatever the signatures") {
  VerdictCache cache;
  const auto now = Clock::now();
  cache.keep(answer("a", Verdict::failed), {}, now);
  CHECK(cache.find("a", {.own = 3, .engine = 4}, now + std::chrono::minutes(9)));
  CHECK_FALSE(cache.find("a", {.own = 3, .engine = 4}, now + std::chrono::minutes(10)));
}

TEST_CASE("the answer that was used longest ago gives way") {
  VerdictCache cache;
  const auto now = Clock::now();
  for (std::size_t i = 0; i < VerdictCache::kMaxAnswers; ++i)
    cache.keep(answer(std::to_string(i), Verdict::clean), {}, now);
  CHECK(cache.find("0", {}, now));
  cache.keep(answer("new", Verdict::clean), {}, now);
  CHECK(cache.size() == VerdictCache::kMaxAnswers);
  CHECK(cache.find("0", {}, now));
  CHECK_FALSE(cache.find("1", {}, now));
}

}  // namespace
}  // namespace sekisho::controlplane
