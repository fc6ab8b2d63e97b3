#include "dataplane/decrypt/diversion/connection_table.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <tuple>

using namespace sekisho;
using namespace sekisho::decrypt;

namespace {

ConnectionEnds numbered(std::uint32_t number) {
  return {IpAddress::from_v4(0xc0000200 + number % 7), IpAddress::from_v4(0xc6336401),
          static_cast<std::uint16_t>(1024 + number), 443};
}

}  // namespace

TEST_CASE("the table finds what a map finds, through any row of changes", "[decrypt]") {
  constexpr std::uint32_t kMost = 100;
  ConnectionTable table(kMost);
  std::map<std::uint32_t, std::uint32_t> model;
  std::mt19937 random(11);
  for (unsigned i = 0; i < 50'000; ++i) {
    const auto key = static_cast<std::uint32_t>(random() % 160);
    if (random() % 2 == 0) {
      const bool fits = model.size() < kMost && !model.contains(key);
      REQUIRE(table.add(numbered(key), i) == fits);
      if (fits) model[key] = i;
    } else {
      table.remove(numbered(key));
      model.erase(key);
    }
    const auto asked = static_cast<std::uint32_t>(random() % 160);
    const auto found = table.find(numbered(asked));
    REQUIRE(found.has_value() == model.contains(asked));
    if (found) REQUIRE(*found == model[asked]);
  }
}

TEST_CASE("the two directions of a connection are two keys", "[decrypt]") {
  ConnectionTable table(4);
  REQUIRE(table.add(numbered(1), 1));
  CHECK_FALSE(table.find(turned_round(numbered(1))));
  CHECK(turned_round(turned_round(numbered(1))) == numbered(1));
}
