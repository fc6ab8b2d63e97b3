#include "engines/pattern/exact_expressions.h"

#include <array>
#include <catch2/catch.hpp>

#include "config/base/text_bytes.h"
#include "engines/pattern/database.h"

namespace sekisho::engines::pattern {
namespace {

/// Ids that `bytes` has, each with a bit.
unsigned ids_in(std::span<const ExactExpression> expressions, std::string_view bytes) {
  const auto serialised = compile_exact_expressions(expressions);
  REQUIRE(serialised);
  auto database = Database::load(*serialised);
  REQUIRE(database);
  Scratch scratch;
  REQUIRE(database->fit(scratch));
  unsigned found = 0;
  database->scan(
      bytes_of(bytes), scratch,
      [](unsigned int id, unsigned long long, unsigned long long, unsigned int, void* context) {
        *static_cast<unsigned*>(context) += 1U << id;
        return 0;
      },
      &found);
  return found;
}

}  // namespace

TEST_CASE("exact expressions are found where they are, each once, and nowhere else") {
  const std::array all{ExactExpression{.text = "^a.c", .id = 0},
                       ExactExpression{.text = "DeF", .nocase = true, .id = 1},
                       ExactExpression{.text = "gh", .within = 8, .id = 2},
                       ExactExpression{.text = "x\\x00\\xff\\z", .id = 3}};
  CHECK(ids_in(all, "abcdefgh") == 0b0111);
  CHECK(ids_in(all, "a\ncDEFDEFgh") == 0b0011);
  CHECK(ids_in(all, "zabcgh") == 0b0100);
  CHECK(ids_in(all, std::string_view("x\0\xff", 3)) == 0b1000);
  CHECK(ids_in(all, std::string_view("x\0\xff\n", 4)) == 0);
}

TEST_CASE("what is no expression, or matches nothing at all, is refused with Hyperscan's words") {
  const auto told = [](ExactExpression one) {
    const auto made = compile_exact_expressions({&one, 1});
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Error::Code::invalid_input);
    return made.error().message;
  };
  CHECK(told({.text = "a(b"}).find("Missing close parenthesis") != std::string::npos);
  CHECK(told({.text = "a*"}).find("empty buffer") != std::string::npos);
  CHECK(told({.text = "(a)\\1"}).find("pattern database: ") == 0);
  CHECK(told({.text = "abcdef", .within = 5}).find("pattern database: ") == 0);
  CHECK(told({.text = std::string_view("a\0b", 3)}).find("a byte 0") != std::string::npos);
}

}  // namespace sekisho::engines::pattern
