#include "engines/pattern/expressions.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "config/base/text_bytes.h"
#include "engines/pattern/database.h"
#include "engines/pattern/regex.h"

namespace sekisho::engines::pattern {
namespace {

/// One expression by itself, as groups search for it.
class Searcher {
 public:
  Searcher(const std::string& text, std::uint32_t options) : database_(loaded(text, options)) {
    REQUIRE(database_.fit(scratch_));
  }
  bool finds(std::string_view bytes) {
    bool found = false;
    database_.scan(
        bytes_of(bytes), scratch_,
        [](unsigned int, unsigned long long, unsigned long long, unsigned int, void* context) {
          *static_cast<bool*>(context) = true;
          return 0;
        },
        &found);
    return found;
  }

 private:
  static Database loaded(const std::string& text, std::uint32_t options) {
    const auto bytes = compile_expressions(std::array{Expression{text, options, 0}});
    REQUIRE(bytes);
    auto database = Database::load(*bytes);
    REQUIRE(database);
    return *std::move(database);
  }

  Database database_;
  Scratch scratch_;
};

class RandomExpressions {
 public:
  explicit RandomExpressions(std::uint32_t seed) : random_(seed) {}

  std::string expression(int depth = 3) {
    std::string text = branch(depth);
    while (one_of(5)) text += "|" + branch(depth);
    return text;
  }
  std::string subject() {
    static constexpr std::string_view kBytes = "aabbc A\n_1.\r\v\xff-";
    std::string text;
    for (auto left = random_() % 40; left > 0; --left) text += kBytes[random_() % kBytes.size()];
    return text;
  }
  std::uint32_t options() {
    std::uint32_t options = 0;
    for (const auto option : {PCRE2_CASELESS, PCRE2_MULTILINE, PCRE2_DOTALL, PCRE2_EXTENDED,
                              PCRE2_ANCHORED, PCRE2_DOLLAR_ENDONLY, PCRE2_UNGREEDY})
      if (one_of(6)) options |= option;
    return options;
  }
  bool one_of(std::uint32_t n) { return random_() % n == 0; }
  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  std::string branch(int depth) {
    std::string text;
    for (auto left = 1 + random_() % 4; left > 0; --left) text += piece(depth);
    return text;
  }
  std::string piece(int depth) {
    static constexpr std::array kAtoms = {
        "a",     "b",      "c",        "ab",      "abc",     " ",       "\\n",   ".",
        "\\w",   "\\W",    "\\d",      "\\D",     "\\s",     "\\S",     "\\b",   "\\B",
        "^",     "$",      "\\A",      "\\z",     "\\Z",     "[ab]",    "[^a]",  "[a-c_]",
        "\\h",   "\\v",    "\\R",      "\\N",     "\\x61",   "\\x{62}", "[\\s]", "\\1",
        "(?=a)", "(?!b)",  "\\K",      "\\C",     "\\H",     "\\V",     "\\X",   "[[:alpha:]]",
        "\\e",   "\\.",    "_",        "[\\x0b]", "#",       "\\cM",    "[\\h]", "(?i)",
        "(?-i)", "\\xff",  "\\Qa.\\E", "(?<=a)",  "(?<!ab)", "(?s)",    "[\\b]", "[^\\W]",
        "\\101", "(?>a+)", "-"};
    static constexpr std::array kRepeats = {"*",  "+",  "?",      "{2}", "{1,3}", "{2,}",
                                            "*?", "+?", "{0,2}?", "++",  "{,2}",  "{3,40}"};
    std::string text;
    if (depth > 0 && one_of(4)) {
      static constexpr std::array kOpen = {"(", "(?:", "(?i:", "(?=", "(?!", "(?>", "(?|"};
      text = kOpen[random_() % kOpen.size()] + expression(depth - 1) + ")";
    } else {
      text = kAtoms[random_() % kAtoms.size()];
    }
    if (one_of(3)) text += kRepeats[random_() % kRepeats.size()];
    return text;
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("where PCRE2 finds an expression, the search with others finds it") {
  RandomExpressions random(1);
  RegexScratch scratch;
  int taken = 0, matched = 0;
  for (int round = 0; round < 6000; ++round) {
    const auto text = random.expression();
    const auto options = random.options();
    const auto regex = Regex::compile(text, options);
    if (!regex || !check_expression(text, options)) continue;
    ++taken;
    Searcher searcher(text, options);
    for (int i = 0; i < 40; ++i) {
      const auto subject = random.subject();
      if (regex->match(bytes_of(subject), 0, scratch) != RegexOutcome::match) continue;
      ++matched;
      INFO("expression " << text << " options " << options << " subject " << subject);
      REQUIRE(searcher.finds(subject));
    }
  }
  CHECK(taken > 1500);
  CHECK(matched > 10000);
}

TEST_CASE("what new bytes bring is found in them and as many before as the expression reaches") {
  RandomExpressions random(2);
  RegexScratch scratch;
  int taken = 0, brought = 0;
  for (int round = 0; round < 6000; ++round) {
    const auto text = random.expression();
    const auto options = random.options();
    const auto regex = Regex::compile(text, options);
    const auto facts = check_expression(text, options);
    if (!regex || !facts || facts->reach == kReachesAll) continue;
    ++taken;
    Searcher searcher(text, options);
    for (int i = 0; i < 40; ++i) {
      const auto subject = random.subject() + random.subject();
      const std::string_view all = subject;
      bool before = false;
      for (std::size_t begin = 0; begin < all.size();) {
        const auto end = std::min(all.size(), begin + 1 + random.below(12));
        const bool now =
            regex->match(bytes_of(all.substr(0, end)), 0, scratch) == RegexOutcome::match;
        const auto from = begin - std::min<std::size_t>(begin, facts->reach);
        if (now && !before) {
          ++brought;
          INFO("expression " << text << " options " << options << " subject " << subject
                             << " reach " << facts->reach << " from " << begin << " to " << end);
          REQUIRE(searcher.finds(all.substr(from, end - from)));
        }
        before = now;
        begin = end;
      }
    }
  }
  CHECK(taken > 500);
  CHECK(brought > 5000);
}

TEST_CASE("what cannot be searched for is refused") {
  for (const char* text : {"a*", "(?=abc)", "(?!abc)", "a?b?", "^", "(*UTF8)abc", "(*ANYCRLF)a.c$",
                           "abc(?C1)", "\\Gabc"})
    CHECK_FALSE(check_expression(text, 0));
  CHECK_FALSE(check_expression(std::string_view("a\0b", 3), 0));
  CHECK_FALSE(check_expression("abc", PCRE2_UTF));
  REQUIRE(check_expression("abc", 0));
}

TEST_CASE("how far back an expression reaches is told where it is bounded") {
  const auto reach = [](std::string_view text) {
    const auto facts = check_expression(text, 0);
    REQUIRE(facts);
    return facts->reach;
  };
  CHECK(reach("abc") == 4);
  CHECK(reach("a.{0,20}c") == 23);
  CHECK(reach("a.*c") == kReachesAll);
  // PCRE2 wants bytes beyond the match.
  CHECK(reach("abc(?=.{30}d)") == kReachesAll);
  CHECK(check_expression("ab+c", 0)->min_bytes == 3);
}

}  // namespace sekisho::engines::pattern
