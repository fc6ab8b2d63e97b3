// Files made to harm: what is too large, too deep or not text is refused, quickly.
#include <catch2/catch.hpp>
#include <chrono>

#include "load_policy.h"

namespace sekisho::policy {
namespace {

std::string rules(std::size_t count) {
  std::string yaml = "version: 1\nrules:\n";
  for (std::size_t i = 0; i < count; ++i)
    yaml += "  - {name: r" + std::to_string(i) + ", action: allow, services: tcp/" +
            std::to_string(1 + i % 65535) + ", from: " + (i < 65535 ? "lan" : "wan") + "}\n";
  return yaml;
}

std::string schedules(std::size_t count) {
  std::string yaml = "version: 1\nobjects:\n  schedules:\n";
  for (std::size_t i = 0; i < count; ++i)
    yaml += "    - {name: s" + std::to_string(i) + ", entries: [{days: mon}]}\n";
  return yaml;
}

TEST_CASE("an empty file is refused") {
  CHECK(load_bad("") == "1:1: the file is empty\n");
  CHECK(load_bad("# only a comment\n") == "1:1: the file is empty\n");
}

TEST_CASE("a file is refused when it is larger than the limit, and only then") {
  std::string yaml = "version: 1\n";
  yaml.resize(kMaxPolicyBytes, '#');
  CHECK(load_yaml(yaml).index() == 0);
  CHECK(load_bad(yaml + "#") == "1:1: the file has 16777217 bytes, the limit is 16777216\n");
}

TEST_CASE("bytes that are not UTF-8 text are refused where they stand") {
  struct Case {
    const char* name;
    std::string bytes;
    const char* report;
  };
  const auto bad_case = GENERATE(
      Case{"NUL", std::string("version: 1\nti\0me", 16), "2:3: character U+0000 is not allowed\n"},
      Case{"escape", "version: 1\n# \x1b[2J", "2:3: character U+001B is not allowed\n"},
      Case{"delete", "version: 1 # \x7f", "1:14: character U+007F is not allowed\n"},
      Case{"lone continuation", "# \x80", "1:3: the file is not valid UTF-8 here\n"},
      Case{"overlong slash", "# \xc0\xaf", "1:3: the file is not valid UTF-8 here\n"},
      Case{"overlong three bytes", "# \xe0\x80\xaf", "1:3: the file is not valid UTF-8 here\n"},
      Case{"surrogate", "# \xed\xa0\x80", "1:3: the file is not valid UTF-8 here\n"},
      Case{"beyond Unicode", "# \xf4\x90\x80\x80", "1:3: the file is not valid UTF-8 here\n"},
      Case{"cut character", "# \xe3\x81", "1:3: the file is not valid UTF-8 here\n"},
      Case{"Shift JIS after Japanese UTF-8", "# 関所\n# 関\x8f\x8a",
           "2:4: the file is not valid UTF-8 here\n"},
      Case{"UTF-16", std::string("\xff\xfev\0", 4), "1:1: the file is not valid UTF-8 here\n"});
  CAPTURE(bad_case.name);
  CHECK(load_bad(bad_case.bytes) == bad_case.report);
}

TEST_CASE("a NUL hidden in an escape is refused") {
  CHECK(load_bad("version: 1\ntime_zone: \"U\\0TC\"\n") ==
        "2:12: a value holds the character U+0000, which is not allowed\n");
}

TEST_CASE("a byte order mark and carriage returns are accepted and move no column") {
  CHECK(load_good("\xef\xbb\xbfversion: 1\r\ntime_zone: UTC\r\n").policy.time_zone == "UTC");
  CHECK(load_bad("\xef\xbb\xbfversion: 1\r\ntime_zone: XYZ\r\n")
            .starts_with("2:12: 'XYZ' is not a time zone"));
}

TEST_CASE("aliases work and are as good as what they name") {
  const auto policy =
      load_good(
          "version: 1\n"
          "rules:\n"
          "  - {name: a, action: block, source: &office {addresses: 192.0.2.0/24}}\n"
          "  - {name: b, action: block, source: *office, from: lan}\n")
          .policy;
  CHECK(policy.rules[1].source == policy.rules[0].source);
}

TEST_CASE("an alias without its anchor, or inside it, is refused") {
  CHECK(load_bad("version: 1\nrules: *x\n") == "2:8: no anchor 'x' above this alias\n");
  CHECK(load_bad("version: 1\nrules: &x [*x]\n") ==
        "2:12: alias 'x' stands inside its own anchor\n");
}

TEST_CASE("an alias bomb is refused before it costs time or memory") {
  std::string yaml = "version: 1\nrules:\n  - &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 12; ++level) {
    yaml += "  - &a" + std::to_string(level) + " [";
    for (int i = 0; i < 10; ++i) yaml += (i > 0 ? ", *a" : "*a") + std::to_string(level - 1);
    yaml += "]\n";
  }
  const auto start = std::chrono::steady_clock::now();
  CHECK_THAT(load_bad(yaml), Catch::EndsWith("more than 4000000 values, aliases expanded\n"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("one long text named by many aliases counts with its length") {
  std::string yaml = "version: 1\nobjects:\n  addresses:\n    - &a {name: a, values: '192.0.2.1";
  for (int i = 0; i < 10'000; ++i) yaml += ",192.0.2.1";
  yaml += "'}\n";
  for (int i = 0; i < 10'000; ++i) yaml += "    - *a\n";
  CHECK_THAT(load_bad(yaml), Catch::EndsWith("more than 4000000 values, aliases expanded\n"));
}

TEST_CASE("nesting is refused beyond its limit, without recursion") {
  CHECK(load_bad("version: 1\nrules: " + std::string(15, '[') + std::string(15, ']') + "\n")
            .find("nested") == std::string::npos);
  CHECK(load_bad("version: 1\nrules: " + std::string(16, '[') + std::string(16, ']') + "\n") ==
        "2:23: nested deeper than 16 levels\n");
  CHECK(load_bad("version: 1\nrules: " + std::string(1'000'000, '[')).find("nested deeper") !=
        std::string::npos);
}

TEST_CASE("aliases cannot nest deeper than the limit either") {
  std::string yaml = "version: 1\nrules:\n  - &a0 [x]\n";
  for (int level = 1; level < 20; ++level)
    yaml += "  - &a" + std::to_string(level) + " [*a" + std::to_string(level - 1) + "]\n";
  CHECK_THAT(load_bad(yaml), Catch::EndsWith("nested deeper than 16 levels\n"));
}

TEST_CASE("more than 64 schedules are refused") {
  CHECK(load_good(schedules(64)).policy.schedules.size() == 64);
  CHECK(load_bad(schedules(65)) == "68:7: schedules has 65 entries, the limit is 64\n");
}

TEST_CASE("more rules than the limit are refused") {
  CHECK(load_good(rules(kMaxRules)).policy.rules.size() == kMaxRules);
  CHECK(load_bad(rules(kMaxRules + 1)).ends_with("rules has 65537 entries, the limit is 65536\n"));
}

TEST_CASE("rules that select too much through objects are refused") {
  std::string yaml = "version: 1\nobjects:\n  addresses:\n    - name: many\n      values:\n";
  for (int i = 0; i < 10'000; ++i)
    yaml += "        - 10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "\n";
  yaml += "rules:\n";
  for (int i = 0; i < 101; ++i)
    yaml += "  - {name: r" + std::to_string(i) + ", action: allow, source: {addresses: many}}\n";
  CHECK_THAT(load_bad(yaml),
             Catch::EndsWith("the rules select more than 1000000 values, objects resolved\n"));
}

}  // namespace
}  // namespace sekisho::policy
