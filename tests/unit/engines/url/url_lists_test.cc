#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "config/policy/policy.h"
#include "engines/url/url_lists.h"

using namespace sekisho;
using engines::ListOutcome;
using engines::url::UrlLists;

namespace {

using Entries = std::vector<std::string>;

policy::Policy policy_with(const Entries& allow, const Entries& block,
                           const std::vector<Entries>& categories = {}) {
  policy::Policy policy;
  std::uint32_t line = 1;
  for (const auto& value : allow) policy.allow_list.push_back({value, {line++, 7}});
  for (const auto& value : block) policy.block_list.push_back({value, {line++, 7}});
  for (const auto& entries : categories) {
    auto& category = policy.url_categories.emplace_back();
    for (const auto& value : entries) category.entries.push_back({value, {line++, 7}});
  }
  return policy;
}

engines::Artifact compiled(const Entries& allow, const Entries& block,
                           const std::vector<Entries>& categories = {}) {
  engines::Diagnostics warnings;
  const auto policy = policy_with(allow, block, categories);
  auto output = engines::url::kSpec.compile({policy}, warnings);
  if (const auto* errors = std::get_if<engines::Diagnostics>(&output)) FAIL((*errors)[0].message);
  return std::get<engines::Artifact>(std::move(output));
}

engines::Diagnostics mistakes_in(const Entries& block) {
  engines::Diagnostics warnings;
  const auto policy = policy_with({}, block);
  auto output = engines::url::kSpec.compile({policy}, warnings);
  const auto* errors = std::get_if<engines::Diagnostics>(&output);
  return errors == nullptr ? engines::Diagnostics{} : *errors;
}

struct Lists {
  Lists(const Entries& allow, const Entries& block, const std::vector<Entries>& categories = {}) {
    auto loaded = UrlLists::load(compiled(allow, block, categories));
    REQUIRE(loaded);
    lists = *std::move(loaded);
  }
  ListOutcome of(std::string_view text) const {
    rules::CanonicalUrl url;
    REQUIRE(rules::canonicalise_url(text, *scratch, url) == rules::UrlFault::none);
    return lists->find(url).list;
  }
  /// Which categories, by their place: "02".
  std::string categories_of(std::string_view text) const {
    rules::CanonicalUrl url;
    REQUIRE(rules::canonicalise_url(text, *scratch, url) == rules::UrlFault::none);
    return places(lists->find(url).categories);
  }
  std::string categories_of_address(std::string_view text) const {
    return places(lists->find(*parse_ip_address(text)).categories);
  }
  static std::string places(const OwnCategories& own) {
    std::string text;
    for (std::uint16_t i = 0; i < 10; ++i)
      if (own.has(static_cast<std::uint16_t>(OwnCategories::kFirstId + i)))
        text += static_cast<char>('0' + i);
    return text;
  }
  bool blocks(std::string_view text) const { return of(text) == ListOutcome::blocked; }
  bool blocks_address(std::string_view text) const {
    return lists->find(*parse_ip_address(text)).list == ListOutcome::blocked;
  }
  std::unique_ptr<const UrlLists> lists;
  std::unique_ptr<rules::UrlScratch> scratch = std::make_unique<rules::UrlScratch>();
};

}  // namespace

TEST_CASE("a host is that host alone, *. what is below it, .* what begins with it") {
  const Lists lists({}, {"plain.test", "*.a.com", "shop.*", "localhost.localdomain"});
  CHECK(lists.blocks("http://plain.test/any?thing"));
  CHECK(lists.blocks("https://PLAIN.test:8443/"));
  CHECK_FALSE(lists.blocks("http://www.plain.test/"));
  CHECK_FALSE(lists.blocks("http://plain.test.example/"));
  CHECK(lists.blocks("http://x.a.com/"));
  CHECK(lists.blocks("http://y.x.a.com/"));
  CHECK_FALSE(lists.blocks("http://a.com/"));
  CHECK_FALSE(lists.blocks("http://ba.com/"));
  CHECK_FALSE(lists.blocks("http://x.ba.com/"));
  CHECK(lists.blocks("http://shop.example.co.jp/"));
  CHECK_FALSE(lists.blocks("http://shop/"));
  CHECK_FALSE(lists.blocks("http://shopping.example/"));
  CHECK_FALSE(lists.blocks("http://my.shop.example/"));
}

TEST_CASE("a path is for itself and what is below it, by whole segments") {
  for (const std::string entry :
       {"h.test/a/b", "h.test/a/b/", "h.test/%61/./b", "h.test/x/../a/b"}) {
    CAPTURE(entry);
    const Lists lists({}, {entry});
    for (const auto* path : {"/a/b", "/a/b/", "/a/b/c/d", "/a/b?x=1", "/a/%62/"})
      CHECK(lists.blocks("http://h.test" + std::string(path)));
    for (const auto* path :
         {"//a/b", "/a//b", "///a///b///c", "//a/b?x//y"})  // as most servers read it
      CHECK(lists.blocks("http://h.test" + std::string(path)));
    for (const auto* path : {"/", "/a", "/a/", "/a/bc", "/c/a/b", "/A/b"})
      CHECK_FALSE(lists.blocks("http://h.test" + std::string(path)));
    CHECK_FALSE(lists.blocks("http://www.h.test/a/b"));
  }
  CHECK(Lists({}, {"h.test/"}).blocks("http://h.test/any"));
  CHECK(Lists({}, {"*.h.test/a"}).blocks("http://x.h.test/a/b"));
  CHECK_FALSE(Lists({}, {"*.h.test/a"}).blocks("http://h.test/a/b"));
}

TEST_CASE("a * behind a path is for all that begins with it, a query must be the whole query") {
  const Lists lists({}, {"h.test/img*", "q.test/find?q=x", "o.test/*"});
  CHECK(lists.blocks("http://h.test/img"));
  CHECK(lists.blocks("http://h.test/imgs/1.png?x"));
  CHECK_FALSE(lists.blocks("http://h.test/im"));
  CHECK(lists.blocks("http://q.test/find?q=x"));
  CHECK_FALSE(lists.blocks("http://q.test/find?q=xy"));
  CHECK_FALSE(lists.blocks("http://q.test/find"));
  CHECK(lists.blocks("http://o.test/"));
}

TEST_CASE("to allow wins over to block, however exact either is") {
  const Lists lists({"*.test", "10.0.0.8"}, {"x.test", "y.test/a", "10.0.0.0/24"});
  CHECK(lists.of("http://x.test/") == ListOutcome::allowed);
  CHECK(lists.of("http://y.test/a") == ListOutcome::allowed);
  CHECK(lists.of("http://z.example/") == ListOutcome::none);
  CHECK(lists.lists->find(*parse_ip_address("10.0.0.8")).list == ListOutcome::allowed);
  CHECK(lists.blocks_address("10.0.0.7"));
  CHECK(lists.blocks_address("10.0.0.9"));
}

TEST_CASE("addresses are single, ranges and blocks of either family, in URLs too") {
  const Lists lists({}, {"192.0.2.1", "192.0.2.10-192.0.2.19", "198.51.100.0/25", "2001:db8:1::/48",
                         "2001:db8::5", "255.255.255.255", "192.0.2.15"});
  for (const auto* address :
       {"192.0.2.1", "192.0.2.10", "192.0.2.15", "192.0.2.19", "198.51.100.0", "198.51.100.127",
        "2001:db8:1::1", "2001:db8:1:ffff::", "2001:db8::5", "255.255.255.255"})
    CHECK(lists.blocks_address(address));
  for (const auto* address : {"192.0.2.0", "192.0.2.2", "192.0.2.9", "192.0.2.20", "198.51.100.128",
                              "2001:db8:2::", "2001:db8::6", "::1", "0.0.0.0"})
    CHECK_FALSE(lists.blocks_address(address));
  CHECK(lists.blocks("http://192.0.2.1/"));
  CHECK(lists.blocks("http://0xc0000201/"));
  CHECK(lists.blocks("http://[2001:DB8::5]:8080/"));
  CHECK_FALSE(lists.blocks("http://192.0.2.2/"));
  CHECK_FALSE(lists.lists->blocks_urls());  // nothing that flows must be looked into for
  const Lists every({}, {"::/0"});
  CHECK(every.blocks_address("2001:db8::1"));
  CHECK_FALSE(every.blocks_address("192.0.2.1"));
  const Lists path({}, {"192.0.2.1/admin", "2001:db8::5/admin"});
  CHECK(path.blocks("http://192.0.2.1/admin/x"));
  CHECK(path.blocks("http://[2001:db8::5]/admin"));
  CHECK_FALSE(path.blocks_address("192.0.2.1"));
  CHECK(path.lists->blocks_urls());
}

TEST_CASE("an entry that cannot be enforced is refused with its position") {
  const auto mistake = [](const std::string& entry) {
    const auto errors = mistakes_in({"fine.test", entry});
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].position.line == 2);
    CHECK(errors[0].position.column == 7);
    return errors[0].message;
  };
  CHECK(mistake("*.h.*") == "'*.h.*' has a wildcard at both ends of its host");
  CHECK(mistake("xn--a.test") == "'xn--a.test' has an xn-- label that stands for no name");
  CHECK(mistake("*.192.0.2.1") == "'*.192.0.2.1' has a wildcard beside an address");
  std::string deep = "h.test";
  for (int i = 0; i < 65; ++i) deep += "/a";
  CHECK(mistake(deep).ends_with("has a path of more than 64 parts"));
  Entries open;
  for (int i = 0; i < 257; ++i) open.push_back("h.test/" + std::to_string(i) + "*");
  const auto errors = mistakes_in(open);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].position.line == 257);
}

TEST_CASE("many entries are found, and only they") {
  Entries block;
  for (int i = 0; i < 3000; ++i) {
    const auto n = std::to_string(i);
    block.push_back((i % 2 == 0 ? "h" : "*.h") + n + ".test");
    block.push_back("deep.test/p" + n + "/x");
  }
  const Lists lists({}, block);
  for (int i = 0; i < 3000; ++i) {
    const auto n = std::to_string(i);
    CHECK(lists.blocks("http://h" + n + ".test/") == (i % 2 == 0));
    CHECK(lists.blocks("http://x.h" + n + ".test/") == (i % 2 == 1));
    CHECK(lists.blocks("http://deep.test/p" + n + "/x/y"));
    CHECK_FALSE(lists.blocks("http://deep.test/p" + n + "/y"));
  }
}

TEST_CASE("a URL is in every own category that has an entry for it") {
  const Lists lists({"ok.a.com"}, {"bad.test"},
                    {{"*.a.com", "h.test/shop", "q.test/find?q=x", "192.0.2.0/24"},
                     {"x.a.com", "h.test/shop/food", "img.test/i*", "2001:db8::/32"},
                     {"a.*", "192.0.2.7", "2001:db8::7-2001:db8::9"}});
  CHECK(lists.categories_of("http://x.a.com/") == "01");
  CHECK(lists.categories_of("http://y.a.com/") == "0");
  CHECK(lists.categories_of("http://a.com/") == "2");
  CHECK(lists.categories_of("http://ba.com/").empty());
  CHECK(lists.categories_of("http://h.test/shop/food/1") == "01");
  CHECK(lists.categories_of("http://h.test/shop/") == "0");
  CHECK(lists.categories_of("http://h.test/shopping").empty());
  CHECK(lists.categories_of("http://h.test/").empty());
  CHECK(lists.categories_of("http://q.test/find?q=x") == "0");
  CHECK(lists.categories_of("http://q.test/find?q=y").empty());
  CHECK(lists.categories_of("http://img.test/i1") == "1");
  CHECK(lists.categories_of("http://192.0.2.7/") == "02");
  CHECK(lists.categories_of("http://[2001:db8::8]/") == "12");
  CHECK(lists.categories_of_address("192.0.2.6") == "0");
  CHECK(lists.categories_of_address("192.0.2.7") == "02");
  CHECK(lists.categories_of_address("192.0.2.8") == "0");
  CHECK(lists.categories_of_address("192.0.3.0").empty());
  CHECK(lists.categories_of_address("2001:db8::9") == "12");
  CHECK(lists.categories_of_address("2001:db8::a") == "1");
  CHECK(lists.categories_of("http://ok.a.com/") == "0");  // the lists stand beside
  CHECK(lists.of("http://ok.a.com/") == ListOutcome::allowed);
  CHECK(lists.of("http://bad.test/") == ListOutcome::blocked);
  CHECK(lists.of("http://x.a.com/") == ListOutcome::none);
  CHECK(lists.lists->has_url_categories());
  CHECK_FALSE(Lists({}, {"a.test"}, {{"192.0.2.1"}}).lists->has_url_categories());
  CHECK_FALSE(Lists({}, {}, {{"a.test"}}).lists->blocks_urls());
}

TEST_CASE("as many own categories as there are ids for can be told apart, one more is refused") {
  std::vector<Entries> categories(OwnCategories::kMax);
  for (std::size_t i = 0; i < categories.size(); ++i)
    categories[i] = {"h" + std::to_string(i) + ".test", "all.test", "10.0.0.0/8"};
  const Lists lists({}, {}, categories);
  rules::CanonicalUrl url;
  for (std::size_t i = 0; i < categories.size(); ++i) {
    REQUIRE(rules::canonicalise_url(categories[i][0], *lists.scratch, url) ==
            rules::UrlFault::none);
    OwnCategories only;
    only.add(static_cast<std::uint16_t>(OwnCategories::kFirstId + i));
    CHECK(lists.lists->find(url).categories == only);
    CHECK(lists.lists->find(*parse_ip_address("10.9.9.9")).categories.has(only.first()));
  }
  engines::Diagnostics warnings;
  categories.push_back({"more.test"});
  const auto policy = policy_with({}, {}, categories);
  const auto output = engines::url::kSpec.compile({policy}, warnings);
  REQUIRE(std::holds_alternative<engines::Diagnostics>(output));
  CHECK(std::get<engines::Diagnostics>(output)[0].message == "more than 124 URL categories");
}

TEST_CASE("damaged lists are refused, never followed") {
  const auto good = compiled({"a.test/b"}, {"*.c.test", "192.0.2.1", "2001:db8::1"},
                             {{"a.test", "192.0.2.0/30"}, {"a.test/b*"}});
  REQUIRE(UrlLists::load(good));
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes)
    CHECK_FALSE(UrlLists::load(std::span(good).first(bytes)));
  auto longer = good;
  longer.push_back(std::byte{0});
  CHECK_FALSE(UrlLists::load(longer));
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto damaged = good;
    damaged[at] = std::byte{0xff};
    const auto loaded = UrlLists::load(damaged);
    if (!loaded) continue;
    rules::CanonicalUrl url;
    const auto scratch = std::make_unique<rules::UrlScratch>();
    REQUIRE(rules::canonicalise_url("http://x.a.test/b", *scratch, url) == rules::UrlFault::none);
    static_cast<void>((*loaded)->find(url));
    static_cast<void>((*loaded)->find(*parse_ip_address("192.0.2.1")));
  }
}
