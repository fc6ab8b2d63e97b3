#include "config/log/process_log.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace sekisho;

namespace {

/// Standard error goes nowhere meanwhile: what is logged is too much to look at.
class Quiet {
 public:
  Quiet() : kept_(dup(STDERR_FILENO)) {
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
  }
  ~Quiet() {
    dup2(kept_, STDERR_FILENO);
    close(kept_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  int kept_;
};

}  // namespace

TEST_CASE("the last lines are kept, the oldest go first") {
  CHECK(last_log_lines().empty());
  const Quiet quiet;
  start_log("unit");
  spdlog::warn("password of {}", "nobody");
  const auto lines = last_log_lines();
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::EndsWith("Z] [unit] [warning] password of nobody"));
  for (int i = 1; i <= 1500; ++i) spdlog::info("line {}", i);
  REQUIRE(last_log_lines().size() == kKeptLogLines);
  CHECK_THAT(last_log_lines().front(), Catch::EndsWith("line 501"));
  CHECK_THAT(last_log_lines().back(), Catch::EndsWith("line 1500"));
}

TEST_CASE("long lines leave room for fewer") {
  const Quiet quiet;
  start_log("unit");
  for (int i = 0; i < 20; ++i) spdlog::info("{}", std::string(kKeptLogBytes / 10, 'x'));
  spdlog::info("the end");
  const auto lines = last_log_lines();
  CHECK(lines.size() == 10);
  CHECK_THAT(lines.back(), Catch::EndsWith("the end"));
}
