#include "config/content/installed.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

namespace sekisho::content {
namespace {

TEST_CASE("the console's database comes before the box's own, a damaged state before nothing") {
  const auto folder =
      (std::filesystem::temp_directory_path() / ("sekisho_installed_" + std::to_string(::getpid())))
          .string();
  std::filesystem::create_directories(folder);
  const auto state = [&](const std::string& text) {
    std::ofstream(folder + "/state.json") << text;
    return installed_database(folder, "/own.db");
  };
  CHECK(installed_database(folder, "/own.db") == "/own.db");
  const std::string digest(64, 'a');
  CHECK(state(R"({"current":{"sha256":")" + digest + R"("}})") == folder + "/" + digest + ".db");
  CHECK(state(R"({"former":{"sha256":")" + digest + R"("}})") == "/own.db");
  for (const auto* damaged : {"", "x", "[]", R"({"current":7})", R"({"current":{}})",
                              R"({"current":{"sha256":"../../etc/passwd"}})"}) {
    CAPTURE(damaged);
    CHECK(state(damaged) == "/own.db");
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sekisho::content
