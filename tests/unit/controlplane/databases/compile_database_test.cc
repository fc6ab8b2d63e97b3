#include "controlplane/databases/compile_database.h"

#include <catch2/catch.hpp>
#include <memory>

#include "controlplane/databases/entry_lines.h"
#include "engines/callback/indicators.h"
#include "engines/reputation/reputation_database.h"
#include "engines/url/url_database.h"
#include "rules/urls/categories.h"

namespace sekisho::controlplane {
namespace {

using content::DatabaseKind;

rules::UrlList urls_of(std::initializer_list<const char*> texts) {
  rules::UrlList list;
  const auto scratch = std::make_unique<rules::UrlScratch>();
  rules::CanonicalUrl url;
  for (const auto* text : texts) {
    REQUIRE(rules::canonicalise_url(text, *scratch, url) == rules::UrlFault::none);
    list.add(url, rules::UrlScope::host_and_below, rules::find_url_category("gambling")->id);
  }
  return list;
}

TEST_CASE("URLs go through lines and back into a database that answers as before") {
  auto urls =
      urls_of({"bet.example", "example.com/casino?x=1", "http://[2001:db8::1]/a", "192.0.2.1"});
  const auto scratch = std::make_unique<rules::UrlScratch>();
  rules::CanonicalUrl url;
  REQUIRE(rules::canonicalise_url("only.example", *scratch, url) == rules::UrlFault::none);
  urls.add(url, rules::UrlScope::host_only, rules::find_url_category("news")->id);
  const auto list = entry_list_of(urls);
  CHECK(list ==
        "192.0.2.1\t+\tgambling\n[2001:db8::1]/a\t+\tgambling\nbet.example\t+\tgambling\n"
        "example.com/casino?x=1\t+\tgambling\nonly.example\t=\tnews\n");
  const auto compiled = compile_database(DatabaseKind::urls, list);
  REQUIRE(compiled);
  CHECK(compiled->entries == 5);
  CHECK(compiled->file == engines::url::compile(urls)->file);
}

TEST_CASE("ratings of one expression leave the worst, and are found by their hash") {
  const auto list = entry_list_of(std::vector<rules::ExpressionRating>{
      {"bad.example/", {.score = 20, .category = 0}},
      {"bad.example/", {.score = 5, .category = rules::find_url_category("phishing")->id}}});
  CHECK(list == "bad.example/\t5\tphishing\n");
  const auto compiled = compile_database(DatabaseKind::reputation, list);
  REQUIRE(compiled);
  const auto database = engines::reputation::ReputationDatabase::load(compiled->file);
  REQUIRE(database);
  CHECK(database->find(rules::hash_of({"bad.example", "/"}))->score == 5);
}

TEST_CASE("indicators keep their confidence and who says so") {
  using engines::callback::IndicatorKind;
  const auto list = entry_list_of(std::vector<engines::callback::Indicator>{
      {IndicatorKind::domain, "c2.example", "feed a", 90},
      {IndicatorKind::address, "192.0.2.0/24", "feed b", 100},
      {IndicatorKind::domain, "two\tfields", "feed", 1}});
  CHECK(list == "address\t192.0.2.0/24\t100\tfeed b\ndomain\tc2.example\t90\tfeed a\n");
  const auto compiled = compile_database(DatabaseKind::indicators, list);
  REQUIRE(compiled);
  CHECK(compiled->entries == 2);
  const auto database = engines::callback::IndicatorDatabase::load(compiled->file);
  REQUIRE(database);
  CHECK(database->find_domain("a.c2.example")->source == "feed a");
}

TEST_CASE("a line that cannot be read refuses the list, with its number") {
  struct Row {
    DatabaseKind kind;
    const char* list;
    const char* why;
  };
  const auto row = GENERATE(values<Row>({
      {DatabaseKind::urls, "", "no entry"},
      {DatabaseKind::urls, "b\na\n", "line 2 is out of order"},
      {DatabaseKind::urls, "a.example\t+\tgambling\nb.example\t+\n", "line 2, 'b.example\t+'"},
      {DatabaseKind::urls, "a.example\t+\tno-such\n", "no category"},
      {DatabaseKind::urls, "a.example\t?\tgambling\n", "scope"},
      {DatabaseKind::urls, "a..example\t+\tgambling\n", "line 1"},
      {DatabaseKind::urls, "a.example\t+\tgambling\tx\ty\tz\n", "number of fields"},
      {DatabaseKind::reputation, "a.example\t5\t-\n", "no host and path"},
      {DatabaseKind::reputation, "a.example/\t101\t-\n", "score"},
      {DatabaseKind::reputation, "a.example/\t\t-\n", "score"},
      {DatabaseKind::indicators, "thing\tx\t100\tf\n", "no kind"},
      {DatabaseKind::indicators, "domain\tx.example\t900\tf\n", "confidence"},
      {DatabaseKind::indicators, "address\tnonsense\t100\tf\n", "line 1"},
  }));
  CAPTURE(row.list);
  const auto compiled = compile_database(row.kind, row.list);
  REQUIRE_FALSE(compiled);
  CHECK_THAT(compiled.error().message, Catch::Contains(row.why));
}

}  // namespace
}  // namespace sekisho::controlplane
