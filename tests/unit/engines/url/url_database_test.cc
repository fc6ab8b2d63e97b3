#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "config/snapshot/snapshot.h"
#include "engines/url/url_database.h"

using namespace sekisho;
using engines::url::Match;
using engines::url::UrlDatabase;
using rules::UrlFault;
using rules::UrlScope;

namespace {

struct Url {
  explicit Url(std::string_view text) : scratch(std::make_unique<rules::UrlScratch>()) {
    REQUIRE(rules::canonicalise_url(text, *scratch, url) == UrlFault::none);
  }
  std::unique_ptr<rules::UrlScratch> scratch;
  rules::CanonicalUrl url;
};

/// "=example.com" is for that host only.
void add(rules::UrlList& list, std::string_view text, std::uint16_t category) {
  const bool is_only = text.starts_with('=');
  list.add(Url(text.substr(is_only ? 1 : 0)).url,
           is_only ? UrlScope::host_only : UrlScope::host_and_below, category);
}

struct Loaded {
  explicit Loaded(const rules::UrlList& list) {
    auto built = engines::url::compile(list);
    REQUIRE(built);
    file = std::move(built->file);
    auto loaded = UrlDatabase::load(file);
    if (!loaded) FAIL(loaded.error().message);
    database.emplace(*std::move(loaded));
  }
  /// "entry: 1 2", empty when nothing is known.
  std::string find(std::string_view text) const {
    const Url asked(text);
    const auto match = database->find(asked.url);
    if (match.num_categories == 0) return {};
    auto out = (match.is_host_only ? "=" : "") + engines::url::entry_of(asked.url, match) + ":";
    for (const auto id : match.ids()) out += " " + std::to_string(id);
    return out;
  }
  std::vector<std::byte> file;
  std::optional<UrlDatabase> database;
};

Loaded small() {
  rules::UrlList list;
  add(list, "example.com", 1);
  add(list, "shop.example.com", 2);
  add(list, "=only.example.com", 3);
  add(list, "example.com/casino/", 4);
  add(list, "example.com/casino/free", 5);
  add(list, "example.com/search?q=bets", 6);
  add(list, "192.0.2.1", 7);
  add(list, "[2001:db8::1]", 8);
  add(list, "net", 9);
  add(list, "www.paths.example/a", 10);
  add(list, "example.com", 11);
  add(list, "[2001:db8::1]/x", 12);
  return Loaded(list);
}

}  // namespace

TEST_CASE("the longest host suffix decides, by whole labels") {
  const auto db = small();
  CHECK(db.find("example.com") == "example.com: 1 11");
  CHECK(db.find("a.b.example.com") == "example.com: 1 11");
  CHECK(db.find("badexample.com").empty());
  CHECK(db.find("example.com.jp").empty());
  CHECK(db.find("com").empty());
  CHECK(db.find("shop.example.com/x") == "shop.example.com: 2");
  CHECK(db.find("a.shop.example.com") == "shop.example.com: 2");
  CHECK(db.find("workshop.example.com") == "example.com: 1 11");
  CHECK(db.find("x.net") == "net: 9");
}

TEST_CASE("an entry for one host only is not for what is below it") {
  const auto db = small();
  CHECK(db.find("only.example.com/x") == "=only.example.com: 3");
  CHECK(db.find("a.only.example.com") == "example.com: 1 11");
}

TEST_CASE("the longest path decides, by whole segments") {
  const auto db = small();
  CHECK(db.find("example.com/casino") == "example.com/casino: 4");
  CHECK(db.find("https://EXAMPLE.com:8443/x/../casino/a?b") == "example.com/casino: 4");
  CHECK(db.find("example.com//casino//free/") == "example.com//casino//free: 5");
  CHECK(db.find("example.com/casinos") == "example.com: 1 11");
  CHECK(db.find("example.com/cas") == "example.com: 1 11");
  CHECK(db.find("example.com/search?q=bets") == "example.com/search?q=bets: 6");
  CHECK(db.find("example.com/search?q=bets2") == "example.com: 1 11");
  CHECK(db.find("example.com/search") == "example.com: 1 11");
}

TEST_CASE("paths are the host's own, with and without www") {
  const auto db = small();
  CHECK(db.find("www.example.com/casino") == "example.com/casino: 4");
  CHECK(db.find("a.example.com/casino") == "example.com: 1 11");
  CHECK(db.find("paths.example/a/b") == "paths.example/a: 10");
  CHECK(db.find("www.paths.example/a/b") == "paths.example/a: 10");
  CHECK(db.find("paths.example").empty());
  CHECK(db.find("www.paths.example/b").empty());

  rules::UrlList list;
  add(list, "example.com/a", 1);
  add(list, "www.example.com", 2);
  const Loaded both(list);
  CHECK(both.find("www.example.com/a") == "example.com/a: 1");
  CHECK(both.find("www.example.com/b") == "www.example.com: 2");
}

TEST_CASE("addresses are whole names") {
  const auto db = small();
  CHECK(db.find("http://0xc0000201/") == "192.0.2.1: 7");
  CHECK(db.find("http://[2001:DB8:0::1]/") == "[2001:db8::1]: 8");
  CHECK(db.find("http://[2001:DB8:0::1]/x/y") == "[2001:db8::1]/x: 12");
  CHECK(db.find("http://192.0.2.2/").empty());
}

TEST_CASE("of many categories the four of the smallest ids are kept") {
  rules::UrlList list;
  for (std::uint16_t id = 20; id > 10; --id) add(list, "example.com", id);
  CHECK(Loaded(list).find("example.com") == "example.com: 11 12 13 14");
}

TEST_CASE("a path segment of the greatest length is found, a longer one makes no database") {
  rules::UrlList list;
  const std::string segment(rules::kMaxUrlSegmentBytes - 1, 'x');
  add(list, "example.com/" + segment, 1);
  const Loaded db(list);
  CHECK(db.find("example.com/" + segment + "/y") == "example.com/" + segment + ": 1");
  CHECK(db.find("example.com/" + segment + "y").empty());
  add(list, "example.com/?" + std::string(200, 'q'), 1);
  const auto built = engines::url::compile(list);
  REQUIRE_FALSE(built);
  CHECK_THAT(built.error().message, Catch::Contains("longer than 120 bytes: ?qqq"));
}

TEST_CASE("an empty list makes a database that knows nothing") {
  const Loaded db{rules::UrlList()};
  CHECK(db.database->num_entries() == 0);
  CHECK(db.find("example.com").empty());
}

namespace {

/// What the database should say, from a plain map of entries.
class Reference {
 public:
  void add(const std::string& text, std::uint16_t id) {
    auto& set = sets_[text];
    set.insert(id);
  }
  std::string find(const rules::CanonicalUrl& url) const {
    std::string host(url.host);
    for (const auto& h : {host, host.starts_with("www.") ? host.substr(4) : host})
      if (auto found = find_path(h, url); !found.empty()) return found;
    if (sets_.contains("=" + host)) return show("=" + host);
    for (;;) {
      if (sets_.contains(host)) return show(host);
      const auto dot = host.find('.');
      if (dot == host.npos) return {};
      host.erase(0, dot + 1);
    }
  }

 private:
  std::string find_path(const std::string& host, const rules::CanonicalUrl& url) const {
    const auto whole =
        host + std::string(url.path) + (url.has_query ? "?" : "") + std::string(url.query);
    if (url.has_query && sets_.contains(whole)) return show(whole);
    std::string path(url.path);
    while (path.size() > 1) {
      if (sets_.contains(host + path)) return show(host + path);
      path.erase(path.rfind('/'));
    }
    return {};
  }
  std::string show(const std::string& text) const {
    auto out = text + ":";
    std::size_t shown = 0;
    for (const auto id : sets_.at(text))
      if (++shown <= 4) out += " " + std::to_string(id);
    return out;
  }
  std::map<std::string, std::set<std::uint16_t>> sets_;
};

std::string random_host(std::mt19937& random) {
  const char* const labels[] = {"a", "b", "www", "example", "com", "jp", "co", "x-1", "aa", "cdn"};
  std::string host = labels[random() % 10];
  for (auto more = random() % 4; more > 0; --more) host += std::string(".") + labels[random() % 10];
  return host;
}
std::string random_path(std::mt19937& random) {
  const char* const segments[] = {"/a", "/b", "/aa", "/index.html", "/1"};
  std::string path;
  for (auto more = random() % 4; more > 0; --more) path += segments[random() % 5];
  return path;
}

}  // namespace

TEST_CASE("look-ups agree with a plain map over random lists") {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    rules::UrlList list;
    Reference reference;
    for (auto left = 1 + random() % 400; left > 0; --left) {
      const auto id = static_cast<std::uint16_t>(1 + random() % 9);
      auto host = random_host(random);
      auto path = random() % 3 == 0 ? random_path(random) : "";
      const bool has_query = random() % 20 == 0;
      if (has_query) path += path.empty() ? "/?q" : "?q";
      const bool is_only = path.empty() && random() % 5 == 0;
      add(list, (is_only ? "=" : "") + host + path, id);
      if (!path.empty() && host.starts_with("www.") && host.find('.', 4) != host.npos)
        host.erase(0, 4);
      reference.add((is_only ? "=" : "") + host + path, id);
    }
    const Loaded db(list);
    for (int i = 0; i < 500; ++i) {
      const auto text = random_host(random) + random_path(random) + (random() % 4 == 0 ? "?q" : "");
      const Url asked(text);
      CAPTURE(round, text);
      REQUIRE(db.find(text) == reference.find(asked.url));
    }
  }
}

TEST_CASE("a hundred thousand names are found, and none beside them") {
  std::mt19937 random(3);
  rules::UrlList list;
  std::set<std::string> names;
  while (names.size() < 100'000) {
    std::string name;
    for (auto left = 1 + random() % 12; left > 0; --left)
      name += static_cast<char>('a' + random() % 26);
    names.insert(name + (random() % 2 == 0 ? ".com" : ".co.jp"));
  }
  for (const auto& name : names) add(list, name, static_cast<std::uint16_t>(1 + name.size() % 7));
  const Loaded db(list);
  CHECK(db.database->num_entries() == names.size());
  std::size_t wrong = 0;
  const auto known = [&](const std::string& name) {
    return db.database->find_host(name, rules::HostKind::name).num_categories > 0;
  };
  for (const auto& name : names) {
    wrong += known(name) ? 0 : 1;
    for (const auto& other : {"a" + name, name + "a", name.substr(1), name + ".jp"})
      wrong += !other.starts_with('.') && known(other) != names.contains(other) ? 1 : 0;
  }
  CHECK(wrong == 0);
  CHECK(db.file.size() < 14 * names.size());
}

namespace {

/// The file with a digest that fits, as somebody who wants to do harm would give it.
void reseal(std::vector<std::byte>& file) {
  constexpr std::size_t kDigestAt = 16, kCovers = 80;
  const auto digest = snapshot::sha256_hex(std::span(file).subspan(kCovers));
  std::transform(digest.begin(), digest.end(), file.begin() + kDigestAt,
                 [](char c) { return static_cast<std::byte>(c); });
}

}  // namespace

TEST_CASE("hosts of every length are found, and read no further than they go") {
  std::mt19937 random(5);
  // The second alphabet has what no other label has: characters that are escaped.
  const std::string_view alphabets[] = {"abcdefghij", "q0z_9x8"};
  const auto host_of = [&](std::size_t bytes) {
    std::string host;
    while (host.size() < bytes) {
      const auto label = std::min<std::size_t>(1 + random() % 63, bytes - host.size());
      for (std::size_t i = 0; i < label; ++i)
        host += i % 9 == 8 ? alphabets[1][random() % 7] : alphabets[0][random() % 10];
      if (host.size() + 1 < bytes) host += '.';
    }
    return host;
  };
  rules::UrlList list;
  std::vector<std::string> hosts;
  for (std::size_t i = 0; i < 20'000; ++i)
    list.add(Url("filler" + std::to_string(i)).url, UrlScope::host_and_below, 1);
  for (std::size_t bytes = 1; bytes <= 253; ++bytes) {
    hosts.push_back(host_of(bytes));
    rules::CanonicalUrl url;
    url.host = hosts.back();
    url.kind = rules::HostKind::name;
    list.add(url, UrlScope::host_only, static_cast<std::uint16_t>(2 + bytes % 50));
  }
  const Loaded loaded(list);
  const auto ask = [&](const std::string& host) {
    const std::vector<char> exactly(host.begin(), host.end());
    return loaded.database->find_host({exactly.data(), exactly.size()}, rules::HostKind::name);
  };
  for (const auto& host : hosts) {
    INFO(host);
    CHECK(ask(host).categories[0] == 2 + host.size() % 50);
    for (std::size_t i = 0; i < host.size(); i += 1 + host.size() / 8) {
      auto other = host;
      if (other[i] != '.') other[i] = '-';
      if (other != host) CHECK(ask(other).num_categories == 0);
    }
  }
}

TEST_CASE("a damaged file is refused, with the reason") {
  auto db = small();
  auto& file = db.file;
  const auto reason = [&file] {
    const auto loaded = UrlDatabase::load(file);
    return loaded ? "" : loaded.error().message;
  };
  CHECK(reason().empty());
  auto good = file;
  file[file.size() - 40] ^= std::byte{1};
  CHECK(reason() == "its digest does not fit its content");
  file = good;
  file[0] = std::byte{'X'};
  CHECK(reason() == "is no URL database");
  file = good;
  file[8] = std::byte{1};
  CHECK(reason() == "is of format 1, not 2");
  for (std::size_t size = 0; size < good.size(); ++size) {
    file.assign(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(reason().empty());
  }
}

TEST_CASE("a forged file is refused or answers, never more") {
  auto db = small();
  const auto good = db.file;
  std::mt19937 random(9);
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto file = good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      file[80 + random() % (file.size() - 80)] = static_cast<std::byte>(random());
    reseal(file);
    const auto loaded = UrlDatabase::load(file);
    if (!loaded) {
      ++refused;
      continue;
    }
    for (const auto* text : {"a.example.com/casino/free", "only.example.com", "192.0.2.1"})
      loaded->find(Url(text).url);
  }
  CHECK(refused > 1000);
  CHECK(refused < 20'000);
}

TEST_CASE("a database is read from its file, and what is none says so with its name") {
  auto db = small();
  const std::string path = "url-database-test.db";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(db.file.data()),
             static_cast<std::streamsize>(db.file.size()));
  {
    auto opened = UrlDatabase::open(path);
    REQUIRE(opened);
    CHECK(opened->digest() == db.database->digest());
    CHECK(opened->num_entries() == 11);
    const auto moved = *std::move(opened);
    CHECK(moved.find_host("x.net", rules::HostKind::name).num_categories == 1);
  }
  std::ofstream(path, std::ios::binary) << "not a database";
  CHECK(UrlDatabase::open(path).error().message == path + ": is too short for a URL database");
  std::ofstream(path, std::ios::binary).close();
  CHECK(UrlDatabase::open(path).error().message == path + ": is empty or no regular file");
  std::remove(path.c_str());
  CHECK(UrlDatabase::open(path).error().code == Error::Code::not_found);
}
