#include "rules/reputation/score.h"

#include <catch2/catch.hpp>

using namespace sekisho::rules;

TEST_CASE("each sensitivity blocks what is below its threshold") {
  const auto [name, threshold] =
      GENERATE(table<std::string_view, int>({{"low", 25}, {"medium", 50}, {"high", 70}}));
  CAPTURE(name);
  const auto sensitivity = find_reputation_sensitivity(name);
  REQUIRE(sensitivity);
  CHECK(name_of(*sensitivity) == name);
  const auto limit = reputation_threshold(*sensitivity);
  CHECK(limit == threshold);
  CHECK(is_bad(static_cast<ReputationScore>(threshold - 1), limit));
  CHECK_FALSE(is_bad(limit, limit));
}

TEST_CASE("a sensitivity of another name is none") {
  CHECK_FALSE(find_reputation_sensitivity("Low"));
  CHECK_FALSE(find_reputation_sensitivity(""));
}
