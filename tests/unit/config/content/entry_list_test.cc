#include "config/content/entry_list.h"

#include <catch2/catch.hpp>
#include <random>

#include "config/content/packing.h"

namespace sekisho::content {
namespace {

/// Some of 200 entries, each with a chance of `percent`.
std::string some_entries(std::mt19937& random, std::mt19937::result_type percent) {
  std::vector<std::string> lines;
  for (int i = 0; i < 200; ++i)
    if (random() % 100 < percent) lines.push_back("host" + std::to_string(i) + ".example");
  return make_entry_list(std::move(lines));
}

TEST_CASE("a list has its entries in order and once, however they come") {
  CHECK(make_entry_list({"b", "a", "", "b"}) == "a\nb\n");
  CHECK(make_entry_list({}).empty());
  CHECK(check_entry_list("a\nb\n"));
  CHECK(check_entry_list(""));
  CHECK(num_entries("a\nb\n") == 2);
}

TEST_CASE("what is no list is told with its line") {
  struct Row {
    const char* text;
    const char* why;
  };
  for (const auto& row :
       {Row{"b\na\n", "line 2 is out of order"}, Row{"a\na\n", "line 2 is out of order"},
        Row{"a\n\nb\n", "line 2 is empty"}, Row{"a\nb", "line 2 has no end"}}) {
    CAPTURE(row.text);
    const auto checked = check_entry_list(row.text);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().message == row.why);
  }
}

TEST_CASE("a difference names what went and what came") {
  CHECK(difference_of("a\nb\nd\n", "a\nc\nd\n") == "-b\n+c\n");
  CHECK(difference_of("", "a\n") == "+a\n");
  CHECK(difference_of("a\n", "") == "-a\n");
  CHECK(difference_of("a\n", "a\n").empty());
  CHECK(*apply_difference("a\nb\nd\n", "-b\n+c\n", 100) == "a\nc\nd\n");
}

TEST_CASE("of any two lists the difference leads from one to the other") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const auto base = some_entries(random, random() % 101);
    const auto wanted = some_entries(random, random() % 101);
    const auto applied = apply_difference(base, difference_of(base, wanted), wanted.size());
    REQUIRE(applied);
    REQUIRE(*applied == wanted);
  }
}

TEST_CASE("a difference that does not belong to the list is refused") {
  for (const auto* difference : {"-x\n", "+a\n", "+d\n+c\n", "?a\n", "+\n", "\n", "-a\n-a\n"}) {
    CAPTURE(difference);
    CHECK_FALSE(apply_difference("a\nb\n", difference, 100));
  }
  CHECK_FALSE(apply_difference("a\nb\n", "+c\n", 5));
  CHECK_FALSE(apply_difference("a\nb\n", "", 3));
}

TEST_CASE("what is packed comes out again, and no more than is allowed") {
  const std::string text(100'000, 'x');
  const auto packed = pack(text);
  CHECK(packed.size() < 1'000);
  CHECK(unpack(packed, text.size()) == text);
  CHECK_FALSE(unpack(packed, text.size() - 1));
  CHECK_FALSE(unpack(packed + "x", text.size()));
  CHECK_FALSE(unpack(packed.substr(0, packed.size() - 1), text.size()));
  CHECK_FALSE(unpack("", 10));
  CHECK(unpack(pack(""), 0) == "");
}

}  // namespace
}  // namespace sekisho::content
