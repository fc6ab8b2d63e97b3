#include "tools/sekisho/table.h"

#include <catch2/catch.hpp>
#include <sstream>

using namespace sekisho::tools;

TEST_CASE("East Asian wide characters take two columns, combining marks none") {
  const auto [text, columns] = GENERATE(table<std::string, std::size_t>({
      {"", 0},
      {"rule 1", 6},
      {"来客", 4},
      {"ｶﾞｰﾄﾞ", 5},       // half-width katakana
      {"が", 2},          // precomposed
      {"か\u3099", 2},    // with a combining voiced sound mark
      {"e\u0301", 1},     // combining acute
      {"\U0001f512", 2},  // a padlock
      {"\xff", 1},        // not UTF-8: one replacement column
  }));
  CAPTURE(text);
  CHECK(display_width(text) == columns);
}

TEST_CASE("text is cut at a character and never wider than asked for") {
  CHECK(fit("guests", 6) == "guests");
  CHECK(fit("guests", 5) == "gues…");
  CHECK(fit("来客用無線", 10) == "来客用無線");
  CHECK(fit("来客用無線", 9) == "来客用無…");
  CHECK(fit("来客用無線", 8) == "来客用…");
  CHECK(fit("来客", 0).empty());
}

TEST_CASE("what could drive the terminal is not printed") {
  CHECK(printable("a\x1b[2Jb\nc") == "a?[2Jb?c");
  CHECK(printable("\xc2\x9b") == "?");          // CSI as one C1 character
  CHECK(printable("x\xe2\x80\xaey") == "x?y");  // right-to-left override
  CHECK(printable("\xed\xa0\x80") == "???");    // a surrogate is not UTF-8
  CHECK(printable("来客 ok") == "来客 ok");
}

TEST_CASE("columns line up by what is seen, not by bytes") {
  Table table({{"NAME"}, {"HITS", Column::Align::right}});
  table.add({"来客用", "7"});
  table.add({"guests", "1,234"});
  CHECK(table.render(80, false) ==
        "NAME     HITS\n"
        "来客用      7\n"
        "guests  1,234\n");
}

TEST_CASE("only columns that may shrink give way to the terminal") {
  Table table({{"ID"}, {"COMMENT", Column::Align::left, true}, {"N"}});
  table.add({"0123456789", std::string(60, 'x'), "9"});
  std::istringstream lines(table.render(40, false));
  for (std::string line; std::getline(lines, line);) CHECK(display_width(line) <= 40);
  CHECK(table.render(40, false).find("0123456789") != std::string::npos);
  CHECK(table.render(40, false).find("…") != std::string::npos);
  CHECK(table.render(0, false).find(std::string(60, 'x')) != std::string::npos);
}

TEST_CASE("colour changes nothing but escape sequences") {
  Table table({{"LINK"}, {"X"}});
  table.add({{"down", Style::bad}, "1"});
  CHECK(table.render(80, true) == "\x1b[1mLINK\x1b[0m  \x1b[1mX\x1b[0m\n\x1b[31mdown\x1b[0m  1\n");
}

TEST_CASE("numbers are shown as people read them") {
  CHECK(show(std::nullopt) == "-");
  CHECK(show(0) == "0");
  CHECK(show(999) == "999");
  CHECK(show(1000) == "1,000");
  CHECK(show(18446744073709551615U) == "18,446,744,073,709,551,615");
  CHECK(show_bytes(1023) == "1023 B");
  CHECK(show_bytes(1536) == "1.5 KiB");
  CHECK(show_bytes(1048575) == "1.0 MiB");
  CHECK(show_bytes(18446744073709551615U) == "16.0 EiB");
  CHECK(show_duration(59) == "00:00:59");
  CHECK(show_duration(86400 + 3661) == "1d 01:01");
  CHECK(show_endpoint("192.0.2.1", 80) == "192.0.2.1:80");
  CHECK(show_endpoint("2001:db8::1", 80) == "[2001:db8::1]:80");
  CHECK(show_endpoint("2001:db8::1", std::nullopt) == "2001:db8::1");
  CHECK_FALSE(parse_number(""));
  CHECK_FALSE(parse_number("-1"));
  CHECK_FALSE(parse_number("1x"));
  CHECK_FALSE(parse_number("18446744073709551616"));
}
