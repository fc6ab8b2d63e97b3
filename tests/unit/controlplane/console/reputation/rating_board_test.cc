// Ratings in the database, and what a console has of them in memory.
#include "controlplane/console/reputation/rating_board.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "console_support/test_database.h"
#include "controlplane/console/reputation/rating_rows.h"

using namespace sekisho;
using namespace sekisho::console;
using tests::TestDatabase;

namespace {

using Prefixes = std::vector<rules::UrlHashPrefix>;

rules::UrlHash hash(std::string_view expression) { return rules::hash_of({expression, {}}); }

Prefixes prefixes(std::vector<std::string_view> expressions) {
  Prefixes made;
  for (const auto each : expressions) made.push_back(rules::prefix_of(hash(each)));
  std::sort(made.begin(), made.end());
  return made;
}

/// -1: not rated.
int score_of(const RatingBoard& board, std::string_view expression) {
  const auto table = board.table();
  for (const auto& rating : table->with_prefix(rules::prefix_of(hash(expression))))
    if (rating.hash == hash(expression)) return rating.reputation.score;
  return -1;
}

struct Ratings {
  explicit Ratings(Backend backend) : database(backend) {}

  void feed(const std::string& name, const std::vector<StoredRating>& ratings) {
    RatingFeed made;
    made.name = name;
    made.format = "plain";
    made.num_ratings = static_cast<std::int64_t>(ratings.size());
    made.changed_by = "somebody";
    database.get().write(
        [&](Database::Session& session) { store_feed(database.get(), session, made, ratings); });
  }
  void rate(const std::string& expression, rules::ReputationScore score) {
    database.get().write([&](Database::Session& session) {
      store_own_rating(session, {expression, {score, 0}}, 1, "somebody");
    });
  }
  bool unrate(const std::string& expression) {
    return database.get().write([&](Database::Session& session) {
      return remove_own_rating(session, expression, 2, "somebody");
    });
  }
  std::optional<FoundRating> find(const std::vector<std::string>& expressions) {
    return database.get().read(
        [&](Database::Session& session) { return find_rating(session, expressions); });
  }

  TestDatabase database;
};

}  // namespace

TEST_CASE("a board has what the database has, and says what has changed") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  Ratings ratings(backend);
  RatingBoard board(ratings.database.get());
  CHECK(board.refresh().empty());
  ratings.feed("first", {{"a.example/", {10, 3}}, {"b.example/\"\\{},", {20, 0}}});
  CHECK(board.refresh() == prefixes({"a.example/", "b.example/\"\\{},"}));
  CHECK(score_of(board, "a.example/") == 10);
  CHECK(score_of(board, "b.example/\"\\{},") == 20);
  CHECK(board.refresh().empty());

  ratings.feed("first", {{"a.example/", {10, 3}}, {"c.example/", {30, 0}}});
  CHECK(board.refresh() == prefixes({"b.example/\"\\{},", "c.example/"}));
  CHECK(ratings.database.get().write(
      [](Database::Session& session) { return remove_feed(session, "first"); }));
  CHECK(board.refresh() == prefixes({"a.example/", "c.example/"}));
  CHECK(board.table()->size() == 0);
  CHECK_FALSE(ratings.database.get().write(
      [](Database::Session& session) { return remove_feed(session, "first"); }));
}

TEST_CASE(
    "an own rating stands before feeds, of which the worst counts, in memory and in the tables") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  Ratings ratings(backend);
  RatingBoard board(ratings.database.get());
  ratings.feed("mild", {{"a.example/", {60, 0}}});
  ratings.feed("strict", {{"a.example/", {5, 9}}});
  (void)board.refresh();
  CHECK(score_of(board, "a.example/") == 5);
  auto found = ratings.find({"www.a.example/", "a.example/"});
  REQUIRE(found);
  CHECK(found->feed == "strict");
  CHECK(found->rating.expression == "a.example/");
  CHECK(found->rating.reputation == rules::Reputation{5, 9});

  ratings.rate("a.example/", 90);
  CHECK(board.refresh() == prefixes({"a.example/"}));
  CHECK(score_of(board, "a.example/") == 90);
  found = ratings.find({"www.a.example/", "a.example/"});
  REQUIRE(found);
  CHECK(found->feed == kOwnRatings);

  ratings.rate("www.a.example/", 1);
  found = ratings.find({"www.a.example/", "a.example/"});
  REQUIRE(found);
  CHECK(found->rating.reputation.score == 1);

  CHECK(ratings.unrate("a.example/"));
  CHECK_FALSE(ratings.unrate("a.example/"));
  (void)board.refresh();
  CHECK(score_of(board, "a.example/") == 5);
  CHECK_FALSE(ratings.find({"b.example/"}));
}

TEST_CASE("feeds are told by name, own ratings are none of them") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  Ratings ratings(backend);
  ratings.feed("z", {{"a.example/", {1, 0}}, {"b.example/", {1, 0}}});
  ratings.feed("a", {});
  ratings.rate("c.example/", 1);
  ratings.database.get().read([&](Database::Session& session) {
    const auto feeds = rating_feeds(session);
    REQUIRE(feeds.size() == 2);
    CHECK(feeds[0].name == "a");
    CHECK(feeds[1].name == "z");
    CHECK(feeds[1].num_ratings == 2);
    CHECK(feeds[1].changed_by == "somebody");
    CHECK(count_ratings(session, "a") == 3);
    CHECK(count_ratings(session, "z") == 1);
  });
}
