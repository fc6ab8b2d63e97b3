#include "dataplane/decrypt/buffers/passage.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace sekisho::decrypt;

namespace {

void read(Passage& passage, std::span<const std::uint8_t> bytes) {
  std::copy(bytes.begin(), bytes.end(), passage.room().begin());
  passage.note_read(bytes.size());
}

std::vector<std::uint8_t> copy(std::span<const std::uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("bytes are lent, cleared and written in this order, and no other") {
  BufferPool pool(1);
  Passage passage;
  REQUIRE(passage.open(pool));
  read(passage, std::vector<std::uint8_t>{1, 2, 3, 4});
  CHECK(passage.cleared().empty());
  CHECK_FALSE(passage.clear(1));  // nobody has seen it
  CHECK(copy(passage.unlent()) == std::vector<std::uint8_t>{1, 2, 3, 4});
  passage.note_lent(3);
  CHECK(passage.awaits_clearing());
  CHECK_FALSE(passage.clear(4));
  REQUIRE(passage.clear(2));
  CHECK(copy(passage.cleared()) == std::vector<std::uint8_t>{1, 2});
  CHECK(copy(passage.unlent()) == std::vector<std::uint8_t>{3, 4});  // is lent again
  passage.note_lent(1);
  passage.drop_uncleared();
  CHECK(passage.unlent().empty());
  CHECK_FALSE(passage.awaits_clearing());
  CHECK(pool.lent() == 1);
  passage.note_written(2);
  CHECK(pool.lent() == 0);  // nothing waits
}

TEST_CASE("without a free buffer nothing is opened") {
  BufferPool pool(1);
  Passage one, other;
  REQUIRE(one.open(pool));
  CHECK(one.open(pool));  // it has one
  CHECK_FALSE(other.open(pool));
  one.close_if_empty();
  CHECK(other.open(pool));
}

TEST_CASE("however bytes are read, cleared and written, what goes out is what came in") {
  std::mt19937 random(20261123);
  BufferPool pool(1);
  Passage passage;
  std::uint8_t next_in = 0, next_out = 0;
  std::size_t through = 0;
  const auto some = [&](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random);
  };
  while (through < 5'000'000) {
    REQUIRE(passage.open(pool));
    const auto room = passage.room();
    const auto count = some(std::min<std::size_t>(room.size(), 30'000));
    for (std::size_t i = 0; i < count; ++i) room[i] = next_in++;
    passage.note_read(count);
    const auto shown = some(passage.unlent().size());
    passage.note_lent(shown);
    (void)passage.clear(some(40'000));  // too much is refused
    const auto ready = passage.cleared();
    const auto written = some(ready.size());
    bool is_right = true;
    for (const auto byte : ready.first(written)) is_right &= byte == next_out++;
    REQUIRE(is_right);
    passage.note_written(written);
    through += written;
    if (passage.room().empty() && !passage.awaits_clearing()) passage.clear_all();
  }
}
