#include "config/activation/activation_code.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

namespace sekisho::activation {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

ActivationCode random_code(std::mt19937& random) {
  std::uniform_int_distribution<unsigned> byte(0, 255);
  ActivationCode code;
  for (auto& b : code.secret) b = static_cast<std::uint8_t>(byte(random));
  for (auto& b : code.authority) b = static_cast<std::uint8_t>(byte(random));
  return code;
}

TEST_CASE("a code read from its text is the code, however it was typed") {
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    const auto code = random_code(random);
    std::string text = to_text(code);
    REQUIRE(text.size() == kCodeCharacters + 8);
    CHECK(*parse_activation_code(text) == code);
    std::string typed;
    for (const char c : text) {
      if (c == '-') continue;
      if (random() % 3 == 0) typed += random() % 2 == 0 ? ' ' : '-';
      const bool upper = random() % 2 == 0;
      if (c == '0' && random() % 2 == 0) {
        typed += upper ? 'O' : 'o';
      } else if (c == '1' && random() % 2 == 0) {
        typed += "IiLl"[random() % 4];
      } else {
        typed += upper ? c : static_cast<char>(std::tolower(c));
      }
    }
    CAPTURE(text, typed);
    const auto parsed = parse_activation_code(typed + "\n");
    REQUIRE(parsed);
    CHECK(*parsed == code);
  }
}

TEST_CASE("each single wrong character and each exchange of neighbours is noticed") {
  std::mt19937 random(2);
  for (int i = 0; i < 20; ++i) {
    const std::string text = to_text(random_code(random));
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '-') continue;
      for (const char other : kAlphabet) {
        if (other == text[at]) continue;
        std::string mistyped = text;
        mistyped[at] = other;
        CAPTURE(text, mistyped);
        REQUIRE_FALSE(parse_activation_code(mistyped));
      }
    }
    std::string plain = text;
    std::erase(plain, '-');
    for (std::size_t at = 0; at + 1 < plain.size(); ++at) {
      if (plain[at] == plain[at + 1]) continue;
      std::string exchanged = plain;
      std::swap(exchanged[at], exchanged[at + 1]);
      CAPTURE(plain, exchanged);
      REQUIRE_FALSE(parse_activation_code(exchanged));
    }
  }
}

TEST_CASE("what is wrong with a code is said") {
  const std::string good = to_text({});
  REQUIRE(parse_activation_code(good));
  struct Row {
    std::string text, message;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"", "activation code: it has 0 characters and should have 33"},
      {good + "0", "activation code: it has 34 characters and should have 33"},
      {"U" + good.substr(1), "activation code: character 1, 'U', does not occur in codes"},
      {good.substr(0, 5) + "\x07", "activation code: character 5, byte 7, does not occur in codes"},
      {"0000-0000-0000-0000-0000-0000-0000-0000-1",
       "activation code: it is mistyped: the last character does not fit the others"},
  }));
  CAPTURE(row.text);
  const auto parsed = parse_activation_code(row.text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == Error::Code::invalid_input);
  CHECK(parsed.error().message == row.message);
}

TEST_CASE("a fingerprint is the beginning of the SHA-256") {
  // FIPS 180-2 appendix B.1: "abc".
  constexpr std::array<std::uint8_t, 3> kAbc{'a', 'b', 'c'};
  CHECK(fingerprint_of(kAbc) ==
        Fingerprint{0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41});
}

}  // namespace
}  // namespace sekisho::activation
