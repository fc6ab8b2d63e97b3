#include "controlplane/supervisor/processes.h"

#include <catch2/catch.hpp>
#include <set>

namespace sekisho::controlplane {
namespace {

TEST_CASE("no two processes without root share a user, and only one has a capability") {
  std::set<uid_t> users;
  for (const Process& p : processes()) {
    CAPTURE(p.name);
    CHECK(process(p.name).name == p.name);
    if (p.user == 0) continue;
    CHECK(users.insert(p.user).second);
    // It has it in a network namespace of its own.
    if (p.name != "sekisho-decrypt") CHECK(p.capabilities.empty());
  }
}

TEST_CASE("the table names every process once, with all columns") {
  const std::string table = describe_processes();
  for (const Process& p : processes())
    CHECK(table.find("| `" + std::string(p.name) + "` |") != std::string::npos);
  std::size_t line_begin = 0;
  for (std::size_t end = 0; (end = table.find('\n', line_begin)) != std::string::npos;
       line_begin = end + 1) {
    const std::string line = table.substr(line_begin, end - line_begin);
    CHECK(std::count(line.begin(), line.end(), '|') == 8);
  }
}

}  // namespace
}  // namespace sekisho::controlplane
