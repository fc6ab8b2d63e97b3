#include "config/base/hex.h"

#include <catch2/catch.hpp>
#include <vector>

namespace sekisho {
namespace {

TEST_CASE("bytes become pairs of hexadecimal digits and come back") {
  std::string bytes;
  std::vector<std::uint8_t> octets;
  for (int value = 0; value < 256; ++value) {
    bytes += static_cast<char>(value);
    octets.push_back(static_cast<std::uint8_t>(value));
  }
  const std::string text = to_hex(bytes);
  CHECK(text.substr(0, 8) == "00010203");
  CHECK(text.substr(504) == "fcfdfeff");
  CHECK(to_hex(octets) == text);
  CHECK(from_hex(text) == bytes);
  CHECK(from_hex("00fFF0Aa") == std::string("\x00\xff\xf0\xaa", 4));
  CHECK(from_hex("") == "");
}

TEST_CASE("text that is not pairs of hexadecimal digits is none") {
  const std::string text = GENERATE("0", "0g", "g0", "00 ", " 0", "0x", "+1", "-1", "\xff\xff");
  CAPTURE(text);
  CHECK_FALSE(from_hex(text));
}

}  // namespace
}  // namespace sekisho
