#include "controlplane/console/reputation/rating_table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using namespace sekisho;
using namespace sekisho::console;

namespace {

/// A hash that begins with `prefix`; `rest` is its last byte.
HashedRating rating(rules::UrlHashPrefix prefix, std::uint8_t rest, rules::ReputationScore score) {
  HashedRating made;
  for (unsigned i = 0; i < 4; ++i) made.hash[i] = static_cast<std::uint8_t>(prefix >> (24 - 8 * i));
  made.hash[31] = rest;
  made.reputation.score = score;
  return made;
}

std::vector<HashedRating> answer(const RatingTable& table, rules::UrlHashPrefix prefix) {
  const auto found = table.with_prefix(prefix);
  return {found.begin(), found.end()};
}

}  // namespace

TEST_CASE("an empty table rates nothing") {
  const RatingTable table;
  CHECK(table.with_prefix(0).empty());
  CHECK(table.with_prefix(0xffffffff).empty());
}

TEST_CASE("ratings are found by the beginning of their hash, at both ends of the range") {
  const RatingTable table(
      {rating(0xffffffff, 1, 1), rating(0, 2, 2), rating(0x10000, 3, 3), rating(0xffff, 4, 4)});
  CHECK(answer(table, 0) == std::vector{rating(0, 2, 2)});
  CHECK(answer(table, 0xffff) == std::vector{rating(0xffff, 4, 4)});
  CHECK(answer(table, 0x10000) == std::vector{rating(0x10000, 3, 3)});
  CHECK(answer(table, 0xffffffff) == std::vector{rating(0xffffffff, 1, 1)});
  CHECK(answer(table, 1).empty());
}

TEST_CASE("of two ratings of one hash the first counts") {
  const RatingTable table({rating(7, 1, 90), rating(7, 1, 10)});
  CHECK(answer(table, 7) == std::vector{rating(7, 1, 90)});
}

TEST_CASE("of more ratings than an answer may have for a prefix the worst are kept") {
  std::vector<HashedRating> crowd;
  for (std::uint8_t i = 0; i < 10; ++i)
    crowd.push_back(rating(5, i, static_cast<rules::ReputationScore>(100 - i)));
  const RatingTable table(crowd);
  CHECK(answer(table, 5) ==
        std::vector{rating(5, 6, 94), rating(5, 7, 93), rating(5, 8, 92), rating(5, 9, 91)});
}

TEST_CASE("a table and its changes are those of a plain list") {
  std::mt19937 random(20261122);  // NOLINT(bugprone-random-generator-seed): the same each run
  const auto some = [&] {
    std::vector<HashedRating> made(random() % 60);
    for (auto& each : made)
      each = rating(static_cast<rules::UrlHashPrefix>(random() % 8) << 15,
                    static_cast<std::uint8_t>(random() % 3),
                    static_cast<rules::ReputationScore>(random() % 4));
    return made;
  };
  for (int round = 0; round < 500; ++round) {
    const auto first = some();
    const RatingTable before(first), after(some());
    std::vector<rules::UrlHashPrefix> expected;
    for (rules::UrlHashPrefix i = 0; i < 8; ++i) {
      const auto prefix = i << 15;
      if (answer(before, prefix) != answer(after, prefix)) expected.push_back(prefix);
      for (const auto& found : answer(before, prefix)) {
        const auto same = [&](const auto& r) { return r.hash == found.hash; };
        CHECK(*std::find_if(first.begin(), first.end(), same) == found);
      }
    }
    CHECK(changed_prefixes(before, after) == expected);
    for (const auto& each : first)
      CHECK_FALSE(before.with_prefix(rules::prefix_of(each.hash)).empty());
  }
}
