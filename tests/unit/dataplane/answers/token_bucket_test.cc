#include "dataplane/answers/token_bucket.h"

#include <catch2/catch.hpp>

using sekisho::dataplane::TokenBucket;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint32_t taken_at(TokenBucket& bucket, std::uint64_t now_ns) {
  std::uint32_t count = 0;
  while (count < 100'000 && bucket.take(now_ns)) ++count;
  return count;
}

}  // namespace

TEST_CASE("a bucket holds what one second may have and no more, however long nobody took any") {
  TokenBucket bucket(5000);
  CHECK(taken_at(bucket, 3600 * kSecond) == 5000);
  CHECK(taken_at(bucket, 3600 * kSecond) == 0);
  CHECK(taken_at(bucket, 9999 * kSecond) == 5000);
}

TEST_CASE("a bucket fills evenly") {
  TokenBucket bucket(1000);
  const std::uint64_t start = 100 * kSecond;
  CHECK(taken_at(bucket, start) == 1000);
  CHECK(taken_at(bucket, start + kSecond / 4) == 250);
  CHECK(taken_at(bucket, start + kSecond / 4 + 1'000'000) == 1);
  std::uint32_t all = 0;
  for (std::uint64_t ms = 252; ms <= 1252; ++ms) all += taken_at(bucket, start + ms * 1'000'000);
  CHECK(all == 1001);
}

TEST_CASE("a clock that stands at its beginning gives nothing away") {
  TokenBucket bucket(10);
  CHECK(taken_at(bucket, 0) == 0);
  CHECK(taken_at(bucket, kSecond / 2) == 5);
}
