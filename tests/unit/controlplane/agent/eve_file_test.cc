#include "controlplane/agent/eve_file.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>

#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

using std::chrono::hours;

constexpr EveFile::Limits kRoomy{1'000'000, hours(24), 3};

TEST_CASE("lines are appended to what is there") {
  const ScratchFolder folder;
  folder.write("eve.json", "a\n");
  auto file = EveFile::open(folder.file("eve.json"), kRoomy);
  REQUIRE(file);
  REQUIRE(file->append("b\nc\n", EveFile::Clock::now()));
  CHECK(folder.read("eve.json") == "a\nb\nc\n");
  CHECK(file->bytes() == 6);
}

TEST_CASE("a line that was cut short by a power loss is removed") {
  struct Row {
    std::string before, after;
  };
  const auto row =
      GENERATE(values<Row>({{"a\nb\nhalf", "a\nb\n"}, {"half", ""}, {"a\n", "a\n"}, {"", ""}}));
  const ScratchFolder folder;
  folder.write("eve.json", row.before);
  REQUIRE(EveFile::open(folder.file("eve.json"), kRoomy));
  CHECK(folder.read("eve.json") == row.after);
}

TEST_CASE("the file never passes its size, and only so many old ones are kept") {
  const ScratchFolder folder;
  auto file = EveFile::open(folder.file("eve.json"), {100, hours(24), 3});
  REQUIRE(file);
  const std::string line = std::string(39, 'x') + "\n";
  const auto now = EveFile::Clock::from_time_t(1'700'000'000);
  for (int i = 0; i < 21; ++i) REQUIRE(file->append(line, now));
  CHECK(folder.read("eve.json").size() == 40);
  CHECK(folder.count("eve.json.20231114T221320Z-") == 3);
  CHECK(folder.count("eve.json") == 4);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    CHECK(std::filesystem::file_size(entry) <= 100);
}

TEST_CASE("rotated files hold the newest lines in order") {
  const ScratchFolder folder;
  auto file = EveFile::open(folder.file("eve.json"), {4, hours(24), 5});
  auto now = EveFile::Clock::from_time_t(1'700'000'000);
  for (int i = 0; i < 9; ++i) {
    REQUIRE(file->append(std::to_string(i) + "\n", now));
    now += std::chrono::milliseconds(700);
  }
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    if (entry.path().filename() != "eve.json") names.insert(entry.path().filename().string());
  std::string all;
  for (const auto& name : names) all += folder.read(name);
  CHECK(all + folder.read("eve.json") == "0\n1\n2\n3\n4\n5\n6\n7\n8\n");
}

TEST_CASE("an old file is rotated though it is small, an empty one never") {
  const ScratchFolder folder;
  auto file = EveFile::open(folder.file("eve.json"), kRoomy);
  const auto now = EveFile::Clock::now();
  REQUIRE(file->append("a\n", now + hours(30)));
  CHECK(folder.count("eve.json") == 1);
  REQUIRE(file->append("b\n", now + hours(60)));
  CHECK(folder.count("eve.json") == 2);
  CHECK(folder.read("eve.json") == "b\n");
}

TEST_CASE("after someone moved the file, reopening makes a new one") {
  const ScratchFolder folder;
  auto file = EveFile::open(folder.file("eve.json"), kRoomy);
  REQUIRE(file->append("a\n", EveFile::Clock::now()));
  std::filesystem::rename(folder.file("eve.json"), folder.file("moved"));
  REQUIRE(file->reopen());
  REQUIRE(file->append("b\n", EveFile::Clock::now()));
  CHECK(folder.read("moved") == "a\n");
  CHECK(folder.read("eve.json") == "b\n");
}

TEST_CASE("a folder that is not there, and a link in the file's place, are refused") {
  const ScratchFolder folder;
  CHECK_FALSE(EveFile::open(folder.file("no/eve.json"), kRoomy));
  folder.write("target", "secret");
  REQUIRE(symlink(folder.file("target").c_str(), folder.file("eve.json").c_str()) == 0);
  CHECK_FALSE(EveFile::open(folder.file("eve.json"), kRoomy));
}

}  // namespace
}  // namespace sekisho::controlplane
