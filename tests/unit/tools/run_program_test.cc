#include "tools/sekisho/run_program.h"

#include <catch2/catch.hpp>

using namespace sekisho::tools;
using namespace std::chrono_literals;

TEST_CASE("a program's output is taken whole, or up to the limit") {
  CHECK(*run_program({"printf", "a\nb"}, 10s, 100) == "a\nb");
  CHECK(*run_program({"yes"}, 10s, 100'001) == [] {
    std::string text;
    while (text.size() < 100'001) text += "y\n";
    return text.substr(0, 100'001);
  }());
}

TEST_CASE("a program that is not there, fails or hangs is told") {
  CHECK(run_program({"sekisho-no-such-program"}, 10s, 10).error().message ==
        "sekisho-no-such-program: No such file or directory");
  CHECK(run_program({"false"}, 10s, 10).error().message == "false: failed");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(run_program({"sleep", "60"}, 100ms, 10).error().message == "sleep: did not end in time");
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
}
