#include "engines/callback/dga_detector.h"

#include <catch2/catch.hpp>

#include "engines/callback/name_score.h"
#include "tests/callbacks/dga_families.h"

using namespace sekisho;
using namespace sekisho::engines::callback;

namespace {
const IpAddress kHost = *parse_ip_address("10.0.0.5"), kOther = *parse_ip_address("2001:db8::5");
}

TEST_CASE("the registered part of a name") {
  CHECK(registered_domain("www.example.com") == "example.com");
  CHECK(registered_domain("a.b.example.co.jp") == "example.co.jp");
  CHECK(registered_domain("example.co.jp") == "example.co.jp");
  CHECK(registered_domain("co.jp") == "co.jp");
  CHECK(registered_domain("www.example.jp") == "example.jp");
  CHECK(registered_domain("x.co.example") == "co.example");
  CHECK(registered_domain("localhost").empty());
  CHECK(registered_domain("").empty());
  CHECK(registered_domain(".com").empty());
  CHECK(chosen_label("a.b.example.co.jp") == "example");
}

TEST_CASE("random letters are odd, words are not") {
  for (const auto* name : {"example", "google", "rakuten", "wikipedia", "mitsubishi", "facebook"}) {
    CAPTURE(name);
    CHECK(name_oddity(name).value() < kMachineMade);
  }
  for (const auto* name : {"xqzjvkwpt", "bqxkzrwvhdgt", "9f8e7d6c5b4a39281706"}) {
    CAPTURE(name);
    CHECK(name_oddity(name).value() >= kMachineMade);
  }
  CHECK_FALSE(name_oddity("short"));
  CHECK_FALSE(name_oddity("xn--wgv71a119e"));
}

TEST_CASE("a host that asks for generated names without answers is told, once a window") {
  for (const auto& family : tests::dga_families()) {
    if (family.of_words || family.name == "simda") continue;  // letters tell too little
    CAPTURE(family.name);
    std::mt19937_64 random(3);
    DgaDetector detector(1);
    unsigned found = 0, asked_before = 0;
    for (unsigned i = 0; i < 60; ++i) {
      const auto finding =
          detector.add_unresolved(kHost, family.make(random), Sensitivity::medium, 100 + i);
      if (finding && found++ == 0) asked_before = i + 1;
    }
    CHECK(found == 1);
    CHECK(asked_before <= 24);
    CHECK(detector.is_suspect(kHost, "xqzjvkwptbhd.com", 200));
    CHECK_FALSE(detector.is_suspect(kHost, "www.example.com", 200));
    CHECK_FALSE(detector.is_suspect(kOther, "xqzjvkwptbhd.com", 200));
    CHECK_FALSE(detector.is_suspect(kHost, "xqzjvkwptbhd.com", 2000));
  }
}

TEST_CASE("one name again and again, or ordinary names without answers, prove nothing") {
  DgaDetector detector(2);
  for (std::uint32_t i = 0; i < 500; ++i)
    CHECK_FALSE(detector.add_unresolved(kHost, "xqzjvkwptbhd.com", Sensitivity::high, i));
  // The resolver is cut off: all that an office asks for stays unresolved.
  constexpr std::string_view kNames[] = {"mail", "news",    "shop",  "bank",
                                         "maps", "weather", "sports"};
  for (std::uint32_t i = 0; i < 500; ++i) {
    const auto name = std::string(kNames[i % 7]) + std::string(kNames[i / 7 % 7]) + "online" +
                      std::string(kNames[i / 49 % 7]) + ".example";
    CHECK_FALSE(detector.add_unresolved(kOther, name, Sensitivity::high, i));
  }
  CHECK_FALSE(detector.add_unresolved(kHost, "xqzjvkwpt", Sensitivity::high, 1));
}

TEST_CASE("more sensitivity wants fewer names") {
  const auto names_until_found = [](Sensitivity sensitivity) {
    std::mt19937_64 random(5);
    DgaDetector detector(3);
    const auto& gameover = tests::dga_families()[2];
    for (unsigned i = 1; i < 100; ++i)
      if (detector.add_unresolved(kHost, gameover.make(random), sensitivity, i)) return i;
    return 100U;
  };
  CHECK(names_until_found(Sensitivity::high) == 6);
  CHECK(names_until_found(Sensitivity::medium) == 12);
  CHECK(names_until_found(Sensitivity::low) == 24);
}
