#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "rules/urls/categories.h"
#include "rules/urls/import.h"

namespace fs = std::filesystem;
using namespace sekisho::rules;

namespace {

/// A folder of its own, gone with the object.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / "sekisho-urls-XXXXXX") {
    auto name = path_.string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void write(const std::string& name, std::string_view text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  std::string path(const std::string& name = {}) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::uint16_t id(std::string_view name) {
  REQUIRE(find_url_category(name) != nullptr);
  return find_url_category(name)->id;
}

/// "gambling example.com/a", "games =only.example.com".
std::multiset<std::string> texts(const UrlList& list) {
  std::multiset<std::string> all;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto entry = list.entry(i);
    all.insert(std::string(url_category(entry.category)->name) +
               (entry.scope == UrlScope::host_only ? " =" : " ") + std::string(entry.host) +
               std::string(entry.path) + std::string(entry.query));
  }
  return all;
}

using Texts = std::multiset<std::string>;

struct Imported {
  UrlList list;
  ImportReport report;
};

Imported import(const std::string& path, std::string_view own = {}) {
  Imported out;
  const auto map = CategoryMap::parse(own, "own.map");
  REQUIRE(map);
  const auto status = import_urls(path, {}, *map, out.list, out.report);
  if (!status) FAIL(status.error().message);
  return out;
}

}  // namespace

TEST_CASE("lines of a list are hosts, URLs, hosts files and marks of other tools") {
  UrlList list;
  ImportReport report;
  parse_url_lines(
      "\xef\xbb\xbf# a comment\n"
      "Example.COM\r\n"
      "  *.shop.example \t# behind\n"
      "||ads.example^\n"
      ".dot.example\n"
      "! another\n"
      "http://u@path.example:80/a/../b?q#f\n"
      "0.0.0.0 one.example two.example # and\n"
      "::1 localhost ip6-loopback\n"
      "127.0.0.1 localhost\n"
      "[games]\n"
      "日本語.jp\n"
      "192.0.2.1\n"
      "[2001:db8::1]\n",
      "x.urls", {id("gambling")}, list, report);
  CHECK(texts(list) == Texts{"gambling example.com", "gambling shop.example",
                             "gambling ads.example", "gambling dot.example",
                             "gambling path.example/b?q", "gambling =one.example",
                             "gambling =two.example", "games xn--wgv71a119e.jp", "games 192.0.2.1",
                             "games [2001:db8::1]"});
  CHECK(report.num_taken == 10);
  CHECK(report.num_refused == 0);
}

TEST_CASE("a line that cannot be taken is told with file, line and reason, and is not fatal") {
  UrlList list;
  ImportReport report;
  parse_url_lines(
      "early.example\n[gambling]\na..b\nok.example\nfoo bar\n[gamling]\nlost.example\n"
      "[games]\ngood.example/" +
          std::string(118, 'a') + "\nbad.example/" + std::string(119, 'a') + "\nbad.example/?" +
          std::string(119, 'q') + "\n",
      "x.urls", {}, list, report);
  CHECK(texts(list) == Texts{"gambling ok.example", "games good.example/" + std::string(118, 'a')});
  REQUIRE(report.num_refused == 7);
  const auto told = [&report](std::size_t i) {
    return std::to_string(report.refused[i].line) + " " + report.refused[i].why;
  };
  CHECK(report.refused[0].file == "x.urls");
  CHECK(told(0) == "1 early.example stands before any [category]");
  CHECK(told(1) == "3 a..b has nothing between two dots of its host");
  CHECK(told(2) == "5 foo bar has more than one word");
  CHECK(told(3) == "6 gamling is no category");
  CHECK(told(4) == "7 lost.example stands before any [category]");
  CHECK(told(5).starts_with("10 bad.example/aaa"));
  CHECK(told(5).ends_with("… has a part of its path longer than 118 bytes"));
  CHECK(told(6).ends_with("has a query longer than 118 bytes"));
  CHECK(report.reasons.at("stands before any [category]") == 2);
}

TEST_CASE("of very many refused lines all are counted and the first are told") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "a b\n";
  UrlList list;
  ImportReport report;
  parse_url_lines(text, "x", {1}, list, report);
  CHECK(report.num_refused == 5000);
  CHECK(report.refused.size() == ImportReport::kMaxTold);
}

TEST_CASE("a map of names tells its first mistake") {
  const auto mistake = [](std::string_view text) {
    const auto map = CategoryMap::parse(text, "m");
    return map ? std::string() : map.error().message;
  };
  CHECK(mistake("# c\na = gambling, games # x\n\nb = -\n").empty());
  CHECK(mistake("a = gambling\nb = gamling\n") == "m:2: no category is called gamling");
  CHECK(mistake("a\n") == "m:1: is not \"name = category, ...\"");
  CHECK(mistake("= games\n") == "m:1: is not \"name = category, ...\"");
  CHECK(mistake("a =\n") == "m:1: no category is called ");
  CHECK(mistake("a = games\na = -\n") == "m:2: a has a line already");
}

TEST_CASE("the maps that are shipped have no mistake") {
  for (const auto text : {ut1_map_text(), domain_list_community_map_text()}) {
    const auto map = CategoryMap::parse(text, "map");
    if (!map) FAIL(map.error().message);
    CHECK(map->lines().size() > 50);
  }
}

TEST_CASE("folders of UT1 are taken as the map says") {
  const Folder folder;
  folder.write("gambling/domains", "casino.example\n192.0.2.7\n");
  folder.write("gambling/urls", "site.example/bets/\n");
  folder.write("gambling/usage", "black\n");
  folder.write("agressif/domains", "bad.example\n");
  folder.write("liste_bu/domains", "library.example\n");
  folder.write("strange/domains", "strange.example\n");
  folder.write("README", "no list\n");
  const auto plain = import(folder.path());
  CHECK(texts(plain.list) == Texts{"gambling casino.example", "gambling 192.0.2.7",
                                   "gambling site.example/bets/", "violence bad.example",
                                   "hate bad.example", "education library.example"});
  CHECK(plain.report.left_out == std::vector<std::string>{"UT1: strange"});
  CHECK(plain.report.num_taken == 5);

  const auto mapped = import(folder.path(), "gambling = -\nliste_bu = -\nstrange = humor\n");
  CHECK(texts(mapped.list) ==
        Texts{"violence bad.example", "hate bad.example", "humor strange.example"});
  CHECK(mapped.report.left_out.empty());
}

TEST_CASE(
    "lists of domain-list-community include others, with conditions, and never end in a circle") {
  const Folder folder;
  folder.write("data/category-games",
               "include:studio\ninclude:shop @cn\ninclude:other @-cn # c\ninclude:nothing\n"
               "full:only.example\ngames.example @ads @cn\ndomain:d.example\n");
  folder.write("data/studio", "studio.example\nregexp:^a.*\\.example$\ninclude:category-games\n");
  folder.write("data/shop", "cn.example @cn\nabroad.example\n");
  folder.write("data/other", "o-cn.example @cn\no.example @x\nkeyword:play\n");
  folder.write("data/unmapped", "u.example\nads.u.example @ads\nodd:thing @ads\n");
  folder.write("data/category-new", "new.example\n");
  const auto out = import(folder.path());
  CHECK(texts(out.list) == Texts{"games studio.example", "games cn.example", "games o.example",
                                 "games =only.example", "advertising games.example",
                                 "games d.example", "advertising ads.u.example"});
  CHECK(out.report.left_out == std::vector<std::string>{"domain-list-community: category-new"});
  Texts told;
  for (const auto& one : out.report.refused)
    told.insert(one.file + ":" + std::to_string(one.line) + " " + one.why);
  CHECK(told == Texts{"studio:2 regexp:^a.*\\.example$ is a pattern, not a name",
                      "studio:3 include:category-games includes a list that includes this one",
                      "category-games:4 include:nothing is no list of this folder",
                      "other:3 keyword:play is a pattern, not a name",
                      "unmapped:3 odd:thing is of an unknown type"});
}

TEST_CASE("includes that multiply come to an end") {
  const Folder folder;
  folder.write("data/category-games", "include:l0 @a\ninclude:l0\n");
  for (int i = 0; i < 40; ++i) {
    const auto next = "include:l" + std::to_string(i + 1);
    folder.write("data/l" + std::to_string(i), next + " @a\n" + next + " @-b\n");
  }
  folder.write("data/l40", "x.example @a\n");
  const auto out = import(folder.path());
  CHECK(out.report.num_refused > 0);
}

TEST_CASE("what holds no list is an error with its name") {
  const Folder folder;
  folder.write("notes.txt", "x");
  UrlList list;
  ImportReport report;
  const auto empty = import_urls(folder.path(), {}, {}, list, report);
  REQUIRE_FALSE(empty);
  CHECK_THAT(empty.error().message, Catch::Contains("holds neither lists of UT1"));
  const auto missing = import_urls(folder.path("none"), {}, {}, list, report);
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error().message, Catch::Contains("none: "));
}

TEST_CASE("the list that is shipped is sound and covers many categories") {
  const auto out = import(SEKISHO_STARTER_URLS);
  for (const auto& one : out.report.refused) FAIL(one.file << ":" << one.line << ": " << one.why);
  std::set<std::uint16_t> categories;
  std::set<std::string> hosts;
  for (std::size_t i = 0; i < out.list.size(); ++i) {
    categories.insert(out.list.entry(i).category);
    hosts.insert(std::string(out.list.entry(i).host));
  }
  CHECK(hosts.size() >= 400);
  CHECK(categories.size() >= 60);
}

TEST_CASE("nearly all lines of the public lists can be taken") {
  const char* const elsewhere = std::getenv("SEKISHO_SHARED");
  const fs::path urls =
      fs::path(elsewhere != nullptr ? elsewhere : SEKISHO_SHARED_FOLDER) / "content/urls";
  for (const auto* part : {"ut1", "domain-list-community"}) {
    if (!fs::exists(urls / part)) {
      std::cout << "SKIPPED: no public lists at " << urls / part << '\n';
      continue;
    }
    const auto out = import((urls / part).string());
    std::cout << part << ": " << out.report.num_taken << " lines taken, " << out.report.num_refused
              << " refused\n";
    for (const auto& [why, count] : out.report.reasons)
      std::cout << "  " << count << ": " << why << '\n';
    for (const auto& name : out.report.left_out) std::cout << "  left out: " << name << '\n';
    CHECK(out.report.num_taken > 5000);
    CHECK(out.report.num_refused < out.report.num_taken / 50);
    CHECK(out.report.left_out.empty());
  }
}
