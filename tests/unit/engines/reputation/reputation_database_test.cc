#include "engines/reputation/reputation_database.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>

using namespace sekisho;
using namespace sekisho::engines::reputation;

namespace {

rules::UrlHash hash_of(const std::string& host) { return rules::hash_of({host, "/"}); }

std::vector<std::byte> file_of(const std::vector<DatabaseEntry>& entries) {
  auto file = compile_database(entries);
  REQUIRE(file);
  return *std::move(file);
}

}  // namespace

TEST_CASE("what was put in is found, and nothing else") {
  std::mt19937 random(3);
  std::vector<DatabaseEntry> entries;
  std::map<std::string, rules::Reputation> expected;
  for (int i = 0; i < 2000; ++i) {
    const auto host = "h" + std::to_string(i) + ".example";
    const rules::Reputation rated{static_cast<std::uint8_t>(random() % 101),
                                  static_cast<std::uint16_t>(random())};
    entries.push_back({key_of(hash_of(host)), rated});
    expected[host] = rated;
  }
  const auto file = file_of(entries);
  CHECK(file.size() == 16 + 2000 * 11);
  const auto database = ReputationDatabase::load(file);
  REQUIRE(database);
  CHECK(database->size() == 2000);
  for (const auto& [host, rated] : expected) CHECK(database->find(hash_of(host)) == rated);
  for (int i = 0; i < 2000; ++i)
    CHECK_FALSE(database->find(hash_of("other" + std::to_string(i) + ".example")));
}

TEST_CASE("of two ratings of one expression the worse one stays") {
  const auto key = key_of(hash_of("a.example"));
  const auto file = file_of({{key, {50, 1}}, {key, {10, 2}}, {key, {90, 3}}});
  const auto database = ReputationDatabase::load(file);
  REQUIRE(database);
  CHECK(database->find(hash_of("a.example")) == rules::Reputation{10, 2});
}

TEST_CASE("an empty one is none that is damaged") {
  const auto file = file_of({});
  const auto database = ReputationDatabase::load(file);
  REQUIRE(database);
  CHECK_FALSE(database->find(hash_of("a.example")));
}

TEST_CASE("damaged files are refused") {
  const auto file = file_of({{1, {5, 0}}, {2, {6, 0}}, {3, {7, 0}}});
  for (std::size_t n = 0; n < file.size(); ++n)
    CHECK_FALSE(ReputationDatabase::load(std::span(file).first(n)));
  auto unsorted = file;
  std::swap(unsorted[16 + 7], unsorted[16 + 15]);
  CHECK_FALSE(ReputationDatabase::load(unsorted));
  auto scored = file;
  scored.back() = std::byte{101};
  CHECK_FALSE(ReputationDatabase::load(scored));
  auto longer = file;
  longer.push_back({});
  CHECK_FALSE(ReputationDatabase::load(longer));
}

TEST_CASE("a database is read from its file, and what is none is told with its path") {
  const auto path = std::filesystem::temp_directory_path() /
                    ("sekisho-repdb-" + std::to_string(std::random_device{}()));
  CHECK(ReputationDatabase::open(path.string()).error().code == Error::Code::not_found);
  const auto file = file_of({{key_of(hash_of("a.example")), {5, 9}}});
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
  auto database = ReputationDatabase::open(path.string());
  REQUIRE(database);
  const auto moved = std::move(*database);
  CHECK(moved.find(hash_of("a.example")) == rules::Reputation{5, 9});
  std::ofstream(path, std::ios::trunc) << "text";
  CHECK(ReputationDatabase::open(path.string()).error().message.starts_with(path.string()));
  std::filesystem::remove(path);
}
