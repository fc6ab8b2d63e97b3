#include "config/base/byte_reader.h"

#include <array>
#include <catch2/catch.hpp>

namespace sekisho {
namespace {

constexpr std::array<std::uint8_t, 7> kBytes{1, 2, 3, 4, 5, 6, 7};

TEST_CASE("integers are read in network order and the reader moves on") {
  ByteReader reader(kBytes);
  std::uint8_t one = 0;
  std::uint16_t two = 0;
  std::uint32_t four = 0;
  REQUIRE(reader.u8(one));
  REQUIRE(reader.be16(two));
  REQUIRE(reader.be32(four));
  CHECK(one == 1);
  CHECK(two == 0x0203);
  CHECK(four == 0x04050607);
  CHECK(reader.rest().empty());
}

TEST_CASE("a read past the end fails and leaves the reader where it was") {
  for (std::size_t size = 0; size < 4; ++size) {
    CAPTURE(size);
    ByteReader reader{std::span<const std::uint8_t>(kBytes).first(size)};
    std::uint32_t four = 99;
    std::span<const std::uint8_t> part;
    CHECK_FALSE(reader.be32(four));
    CHECK_FALSE(reader.take(size + 1, part));
    CHECK_FALSE(reader.skip(size + 1));
    std::uint16_t two = 99;
    std::uint8_t one = 99;
    if (size < 2) CHECK_FALSE(reader.be16(two));
    if (size < 1) CHECK_FALSE(reader.u8(one));
    CHECK(four == 99);
    CHECK(reader.rest().size() == size);
  }
}

TEST_CASE("taken bytes are a view of the input") {
  ByteReader reader(kBytes);
  std::span<const std::uint8_t> part;
  REQUIRE(reader.skip(2));
  REQUIRE(reader.take(3, part));
  CHECK(part.data() == kBytes.data() + 2);
  CHECK(part.size() == 3);
  CHECK(as_text(part) == "\x03\x04\x05");
}

}  // namespace
}  // namespace sekisho
