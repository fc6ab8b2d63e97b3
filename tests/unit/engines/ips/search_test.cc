#include "search.h"

#include <catch2/catch.hpp>
#include <cctype>
#include <random>
#include <string>

namespace sekisho::engines::ips {
namespace {

std::size_t find_slowly(const std::string& bytes, const std::string& pattern, bool nocase) {
  const auto same = [nocase](char a, char b) {
    return nocase ? std::tolower(static_cast<unsigned char>(a)) ==
                        std::tolower(static_cast<unsigned char>(b))
                  : a == b;
  };
  for (std::size_t at = 0; at + pattern.size() <= bytes.size(); ++at) {
    std::size_t i = 0;
    while (i < pattern.size() && same(bytes[at + i], pattern[i])) ++i;
    if (i == pattern.size()) return at;
  }
  return kNotFound;
}

std::span<const std::uint8_t> view(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("the search agrees with a byte by byte one on random texts of few letters") {
  std::mt19937 random(7);
  const std::string letters = "abAB@`[{";
  const auto text_of = [&](std::size_t length) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += letters[random() % letters.size()];
    return text;
  };
  for (int round = 0; round < 20000; ++round) {
    const auto bytes = text_of(random() % 120);
    const auto pattern = text_of(1 + random() % 6);
    const bool nocase = random() % 2 == 0;
    REQUIRE(find_bytes(view(bytes), view(pattern), nocase) == find_slowly(bytes, pattern, nocase));
  }
}

}  // namespace sekisho::engines::ips
