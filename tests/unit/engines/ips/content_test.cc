#include <catch2/catch.hpp>

#include "harness.h"

namespace sekisho::engines::ips::testing {
namespace {

struct Case {
  const char* options;
  std::string payload;
  bool matches;
};

bool holds(const Case& one) {
  Harness harness(std::string("alert udp any any -> any any (msg:\"x\"; ") + one.options +
                  " sid:1;)\n");
  INFO(one.options << " on " << one.payload);
  if (!harness.rules.refused.empty()) FAIL(harness.rules.refused[0].message);
  return harness.datagram(one.payload) == Signatures{1};
}

}  // namespace

TEST_CASE("contents are found where their modifiers say") {
  const Case cases[] = {
      {"content:\"abc\";", "xxabcxx", true},
      {"content:\"abc\";", "xxABCxx", false},
      {"content:\"abc\"; nocase;", "xxABCxx", true},
      {"content:\"abc\"; offset:2;", "xxabcxx", true},
      {"content:\"abc\"; offset:3;", "xxabcxx", false},
      {"content:\"abc\"; depth:5;", "xxabcxx", true},
      {"content:\"abc\"; depth:4;", "xxabcxx", false},
      {"content:\"abc\"; offset:2; depth:3;", "xxabcxx", true},
      {"content:\"abc\"; startswith;", "abcxx", true},
      {"content:\"abc\"; startswith;", "xabcxx", false},
      {"content:\"abc\"; endswith;", "xxabc", true},
      {"content:\"abc\"; endswith;", "abcabcx", false},
      {"content:\"abc\"; content:\"def\"; distance:0;", "abcdef", true},
      {"content:\"abc\"; content:\"def\"; distance:0;", "defabc", false},
      {"content:\"abc\"; content:\"def\"; distance:1;", "abcdef", false},
      {"content:\"abc\"; content:\"def\"; within:3;", "abcdef", true},
      {"content:\"abc\"; content:\"def\"; within:3;", "abcxdef", false},
      {"content:\"abc\"; content:\"def\"; distance:1; within:3;", "abcxdef", true},
      {"content:\"abcd\"; content:\"cd\"; distance:-2; within:2;", "abcd", true},
      {"content:\"abc\"; content:!\"def\";", "abcxx", true},
      {"content:\"abc\"; content:!\"def\";", "abcdef", false},
      {"content:\"abc\"; content:!\"def\"; distance:0;", "defabc", true},
      {"content:\"abc\"; content:!\"def\"; within:3;", "abcdef", false},
      {"content:\"|00 ff|a\";",
       std::string("x\0\xff"
                   "a",
                   4),
       true},
  };
  for (const auto& one : cases) CHECK(holds(one) == one.matches);
}

TEST_CASE("a relative content goes back to an earlier match of the one before") {
  const Case cases[] = {
      {"content:\"ab\"; content:\"cd\"; within:2;", "ab xx ab cd abcd", true},
      {"content:\"ab\"; content:\"cd\"; distance:1; within:2; content:\"ef\"; within:2;",
       "ab cd ab cdef", true},
      {"content:\"ab\"; content:\"cd\"; distance:1; within:2; content:\"ef\"; within:2;",
       "ab cd ab cd ef", false},
      {"content:\"ab\"; pcre:\"/^\\d+z/R\";", "abx ab12z", true},
      {"content:\"ab\"; isdataat:!3,relative;", "abcdef ab12", true},
      {"content:\"ab\"; isdataat:!3,relative;", "abcdef ab123", false},
  };
  for (const auto& one : cases) CHECK(holds(one) == one.matches);
}

TEST_CASE("numbers in a buffer are read, compared, followed and kept") {
  const std::string header(
      "\x00\x05"
      "abcdeXY",
      9);
  const Case cases[] = {
      {"content:\"abcde\"; byte_test:2,=,5,0;", header, true},
      {"content:\"abcde\"; byte_test:2,>,5,0;", header, false},
      {"content:\"abcde\"; byte_test:2,!=,5,0;", header, false},
      {"content:\"abcde\"; byte_jump:2,0; content:\"XY\"; within:2;", header, true},
      {"content:\"abcde\"; byte_jump:2,0; content:\"XY\"; distance:1; within:2;", header, false},
      {"content:\"abcde\"; byte_extract:2,0,start; content:\"XY\"; offset:start;", header, true},
      {"content:\"XY\"; byte_extract:2,0,start; content:\"cde\"; offset:start;", header, false},
      {"content:\"abcde\"; byte_extract:2,0,len; byte_test:1,=,len,1;", header, true},
      {"content:\"abcde\"; byte_math:bytes 2, offset 0, oper +, rvalue 2, result end; "
       "isdataat:end;",
       header, true},
      {"content:\"len=\"; byte_test:3,=,123,0,relative,string,dec;", "len=123", true},
      {"content:\"len=\"; byte_test:3,>,123,0,relative,string,dec;", "len=123", false},
      {"content:\"len=\"; byte_test:4,=,0x1f,0,relative,string,hex;", "len=001f", true},
      {"content:\"abcde\"; byte_test:2,=,1,0,bitmask 0x04;", header, true},
      {"content:\"abcde\"; byte_test:8,=,5,5;", header, false},
      {"content:\"abcde\"; dsize:9;", header, true},
      {"content:\"abcde\"; dsize:>9;", header, false},
      {"content:\"abcde\"; isdataat:8;", header, true},
      {"content:\"abcde\"; isdataat:9;", header, false},
      {"content:\"abcde\"; isdataat:!9;", header, true},
  };
  for (const auto& one : cases) CHECK(holds(one) == one.matches);
}

TEST_CASE("pcre and base64 run on the buffer, or from the last match") {
  const Case cases[] = {
      {"pcre:\"/fo+bar/\";", "xx foobar", true},
      {"pcre:\"/fo+bar/i\";", "xx FOOBAR", true},
      {"content:\"bar\"; pcre:!\"/fo+/\";", "bar", true},
      {"content:\"bar\"; pcre:!\"/fo+/\";", "foobar", false},
      {"content:\"data=\"; base64_decode:relative; base64_data; content:\"secret\";",
       "data=YSBzZWNyZXQ=", true},
      {"content:\"data=\"; base64_decode:relative; base64_data; content:\"public\";",
       "data=YSBzZWNyZXQ=", false},
      {"content:\"data=\"; base64_decode:bytes 4, relative; base64_data; content:\"secret\";",
       "data=YSBzZWNyZXQ=", false},
  };
  for (const auto& one : cases) CHECK(holds(one) == one.matches);
}

TEST_CASE("tests that go back without end are given up and counted") {
  std::string options;
  for (int i = 0; i < 12; ++i)
    options += i == 0 ? "content:\"a\"; " : "content:\"a\"; distance:0; ";
  options += "content:\"zzzz\"; distance:0; content:\"zzzz\";";
  Harness harness("alert udp any any -> any any (" + options + " sid:1;)");
  CHECK(harness.datagram("zzzz" + std::string(200, 'a')).empty());
  CHECK(harness.detector->counts().over_recursion == 1);
}

TEST_CASE("a packet's budget ends the evaluation of its rules") {
  std::string text;
  for (int i = 1; i <= 2000; ++i)
    text += "alert udp any any -> any any (content:\"abcd\"; pcre:\"/x" + std::to_string(i) +
            "$/\"; sid:" + std::to_string(i) + ";)\n";
  Harness harness(text);
  CHECK(harness.datagram(std::string(1400, 'y') + "abcd").empty());
  CHECK(harness.detector->counts().over_budget == 0);
  std::string many = "abcd";
  many.resize(60000, 'y');
  CHECK(harness.datagram(many).empty());
  CHECK(harness.detector->counts().over_budget == 1);
}

}  // namespace sekisho::engines::ips::testing
