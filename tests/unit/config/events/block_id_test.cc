#include "config/events/block_id.h"

#include <catch2/catch.hpp>
#include <string>

using namespace sekisho::events;

namespace {

std::string text_of(BlockId id) {
  const auto text = block_id_text(id);
  return {text.data(), text.size()};
}

}  // namespace

TEST_CASE("an id is three groups of four characters that can be read aloud") {
  CHECK(text_of(0) == "0000-0000-0000");
  CHECK(text_of(31) == "0000-0000-000Z");
  CHECK(text_of(0x0fffffffffffffff) == "ZZZZ-ZZZZ-ZZZZ");
  CHECK(text_of(make_block_id(1, 0, 0)) == "0000-0100-0000");
}

TEST_CASE("an id is read back, however it was written down") {
  const auto id = make_block_id(1'795'000'123, 5, 4711);
  const auto text = text_of(id);
  CHECK(parse_block_id(text) == id);
  std::string bare, lower;
  for (const char c : text) {
    if (c != '-') bare += c;
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  CHECK(parse_block_id(bare) == id);
  CHECK(parse_block_id(lower) == id);
  CHECK(parse_block_id("OOOO-oooo-ooiL") == make_block_id(0, 0, 33));
}

TEST_CASE("what has other characters or another length is no id") {
  for (const auto* text : {"", "0000-0000-000", "0000-0000-00000", "0000-0000-000U",
                           "0000_0000_0000", "0000-0000-000\xe3"})
    CHECK_FALSE(parse_block_id(text));
}

TEST_CASE("flows of other seconds, workers and numbers have other ids") {
  const auto id = make_block_id(100, 1, 7);
  CHECK(id != make_block_id(101, 1, 7));
  CHECK(id != make_block_id(100, 2, 7));
  CHECK(id != make_block_id(100, 1, 8));
  CHECK(id == make_block_id(100, 1, 7 | std::uint64_t{1} << 40));
}
