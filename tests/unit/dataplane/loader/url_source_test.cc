#include "dataplane/loader/url_source.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

namespace sekisho::dataplane {
namespace {

/// A file that is replaced by renaming, as installations are.
class Installed {
 public:
  Installed() { std::filesystem::create_directories(folder_); }
  ~Installed() { std::filesystem::remove_all(folder_); }
  Installed(const Installed&) = delete;
  Installed& operator=(const Installed&) = delete;

  std::string path() const { return folder_ + "/urls.db"; }
  void put(std::span<const std::byte> content) const {
    const auto draft = folder_ + "/draft";
    std::ofstream(draft, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
    std::filesystem::rename(draft, path());
  }
  void put_database(std::initializer_list<const char*> hosts) const {
    rules::UrlList list;
    const auto scratch = std::make_unique<rules::UrlScratch>();
    for (const auto* host : hosts) {
      rules::CanonicalUrl url;
      REQUIRE(rules::canonicalise_url(host, *scratch, url) == rules::UrlFault::none);
      list.add(url, rules::UrlScope::host_and_below, 1);
    }
    put(engines::url::compile(list)->file);
  }

 private:
  std::string folder_ =
      (std::filesystem::temp_directory_path() / ("sekisho_urls_" + std::to_string(::getpid())))
          .string();
};

TEST_CASE("the same file is opened once, another in its place anew") {
  const Installed installed;
  installed.put_database({"a.test"});
  UrlSource source(installed.path());
  const auto first = source.current();
  REQUIRE(first);
  CHECK(source.problem().empty());
  CHECK(source.current() == first);
  installed.put_database({"a.test", "b.test"});
  const auto second = source.current();
  REQUIRE(second);
  CHECK(second != first);
  CHECK(second->num_entries() == 2);
  CHECK(first->num_entries() == 1);  // whoever has it keeps it
}

TEST_CASE("a file that cannot be used leaves the one before, and says why") {
  const Installed installed;
  UrlSource source(installed.path());
  CHECK_FALSE(source.current());
  CHECK(source.problem().find("No such file") != std::string::npos);
  installed.put_database({"a.test"});
  const auto good = source.current();
  REQUIRE(good);
  CHECK(source.problem().empty());
  const std::array<std::byte, 3> damaged{};
  installed.put(damaged);
  CHECK(source.current() == good);
  CHECK_FALSE(source.problem().empty());
  installed.put_database({"a.test"});
  CHECK(source.current() != good);
  CHECK(source.problem().empty());
}

TEST_CASE("without a path there is no database and nothing wrong") {
  UrlSource source("");
  CHECK_FALSE(source.current());
  CHECK(source.problem().empty());
}

TEST_CASE("the console's database comes before the box's own, and without both there is none") {
  const Installed installed;
  installed.put_database({"a.test"});
  const auto folder = std::filesystem::path(installed.path()).parent_path();
  const std::string digest(64, 'a');
  UrlSource source("", folder.string());
  CHECK_FALSE(source.current());
  std::filesystem::rename(installed.path(), folder / (digest + ".db"));
  const auto say = [&](const std::string& state) { std::ofstream(folder / "state.json") << state; };
  say(R"({"current":{"sha256":")" + digest + R"("}})");
  REQUIRE(source.current());
  CHECK(source.path() == (folder / (digest + ".db")).string());
  say("{}");
  CHECK_FALSE(source.current());
  CHECK(source.problem().empty());
}

}  // namespace
}  // namespace sekisho::dataplane
