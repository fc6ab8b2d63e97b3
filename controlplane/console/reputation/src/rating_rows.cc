#include "controlplane/console/reputation/rating_rows.h"

#include <algorithm>

#include "controlplane/console/secrets/random.h"
#include "controlplane/console/store/notices.h"

namespace sekisho::console {
namespace {

using Session = Database::Session;

constexpr std::size_t kRowsAtOnce = 5'000;

/// A slice of the ratings, column by column.
struct Columns {
  std::vector<std::string> feed, expression;
  std::vector<long long> score, category;
};

/// PostgreSQL's text forms of arrays.
std::string array_of(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const auto& value : values) {
    text += text.size() == 1 ? "\"" : ",\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

std::string array_of(const std::vector<long long>& values) {
  std::string text = "{";
  for (const auto value : values) text += (text.size() == 1 ? "" : ",") + std::to_string(value);
  return text + "}";
}

void insert(Database& database, Session& session, const Columns& c) {
  if (c.feed.empty()) return;
  if (database.backend() == Backend::sqlite) {
    session << "INSERT INTO reputation_ratings (feed, expression, score, category) VALUES (:feed, "
               ":expression, :score, :category)",
        soci::use(c.feed, "feed"), soci::use(c.expression, "expression"),
        soci::use(c.score, "score"), soci::use(c.category, "category");
    return;
  }
  // All rows in one message to the server: a message for each would be mostly waiting.
  const std::string expression = array_of(c.expression), score = array_of(c.score),
                    category = array_of(c.category);
  session << "INSERT INTO reputation_ratings (feed, expression, score, category) SELECT "
             "CAST(:feed AS TEXT), * FROM unnest(CAST(:expression AS TEXT[]), CAST(:score AS "
             "BIGINT[]), CAST(:category AS BIGINT[]))",
      soci::use(c.feed.front(), "feed"), soci::use(expression, "expression"),
      soci::use(score, "score"), soci::use(category, "category");
}

void insert_all(Database& database, Session& session, const std::string& feed,
                const std::vector<StoredRating>& ratings) {
  Columns columns;
  for (const auto& rating : ratings) {
    columns.feed.push_back(feed);
    columns.expression.push_back(rating.expression);
    columns.score.push_back(rating.reputation.score);
    columns.category.push_back(rating.reputation.category);
    if (columns.feed.size() < kRowsAtOnce) continue;
    insert(database, session, columns);
    columns = {};
  }
  insert(database, session, columns);
}

void insert_feed(Session& session, const RatingFeed& feed) {
  const auto revision = new_uuid();
  const long long score = feed.fallback.score, category = feed.fallback.category;
  session << "INSERT INTO reputation_feeds (name, revision, format, score, category, num_ratings, "
             "num_refused, num_left_out, mistakes, changed_at, changed_by) VALUES (:name, "
             ":revision, :format, :score, :category, :ratings, :refused, :left_out, :mistakes, "
             ":changed_at, :changed_by)",
      soci::use(feed.name, "name"), soci::use(revision, "revision"),
      soci::use(feed.format, "format"), soci::use(score, "score"), soci::use(category, "category"),
      soci::use(feed.num_ratings, "ratings"), soci::use(feed.num_refused, "refused"),
      soci::use(feed.num_left_out, "left_out"), soci::use(feed.mistakes, "mistakes"),
      soci::use(feed.changed_at, "changed_at"), soci::use(feed.changed_by, "changed_by");
}

bool has_feed(Session& session, const std::string& name) {
  long long count = 0;
  session << "SELECT COUNT(*) FROM reputation_feeds WHERE name = :name", soci::into(count),
      soci::use(name, "name");
  return count != 0;
}

void delete_feed(Session& session, const std::string& name) {
  session << "DELETE FROM reputation_ratings WHERE feed = :name", soci::use(name, "name");
  session << "DELETE FROM reputation_feeds WHERE name = :name", soci::use(name, "name");
}

void tell(Session& session) { notify_gateway(session, std::string(kRatingNotice)); }

/// The row of kOwnRatings: another revision, and how many there are.
void note_own_change(Session& session, std::int64_t changed_at, const std::string& changed_by) {
  RatingFeed feed;
  feed.name = kOwnRatings;
  feed.format = "own";
  feed.changed_at = changed_at;
  feed.changed_by = changed_by;
  feed.num_ratings = count_own_ratings(session);
  const auto revision = new_uuid();
  soci::statement update =
      (session.prepare << "UPDATE reputation_feeds SET revision = :revision, num_ratings = "
                          ":ratings, changed_at = :changed_at, changed_by = :changed_by WHERE name "
                          "= :name",
       soci::use(revision, "revision"), soci::use(feed.num_ratings, "ratings"),
       soci::use(changed_at, "changed_at"), soci::use(changed_by, "changed_by"),
       soci::use(feed.name, "name"));
  update.execute(true);
  if (update.get_affected_rows() == 0) insert_feed(session, feed);
  tell(session);
}

bool delete_own(Session& session, const std::string& expression) {
  const std::string own(kOwnRatings);
  soci::statement removal =
      (session.prepare << "DELETE FROM reputation_ratings WHERE feed = :feed AND expression = "
                          ":expression",
       soci::use(own, "feed"), soci::use(expression, "expression"));
  removal.execute(true);
  return removal.get_affected_rows() != 0;
}

/// Own ratings first, then the worst score.
bool counts_before(const FoundRating& a, const FoundRating& b) {
  const bool a_own = a.feed == kOwnRatings, b_own = b.feed == kOwnRatings;
  if (a_own != b_own) return a_own;
  return a.rating.reputation.score < b.rating.reputation.score;
}

}  // namespace

std::vector<RatingFeed> rating_feeds(Session& session) {
  std::vector<RatingFeed> feeds;
  RatingFeed feed;
  int score = 0, category = 0;
  soci::statement select =
      (session.prepare
           << "SELECT name, format, CAST(score AS INTEGER), CAST(category AS INTEGER), "
              "num_ratings, num_refused, num_left_out, mistakes, changed_at, changed_by "
              "FROM reputation_feeds WHERE name <> '' ORDER BY name",
       soci::into(feed.name), soci::into(feed.format), soci::into(score), soci::into(category),
       soci::into(feed.num_ratings), soci::into(feed.num_refused), soci::into(feed.num_left_out),
       soci::into(feed.mistakes), soci::into(feed.changed_at), soci::into(feed.changed_by));
  select.execute();
  while (select.fetch()) {
    feed.fallback = {static_cast<rules::ReputationScore>(score),
                     static_cast<std::uint16_t>(category)};
    feeds.push_back(feed);
  }
  return feeds;
}

std::int64_t count_ratings(Session& session, const std::string& except) {
  std::int64_t count = 0;
  session << "SELECT CAST(COALESCE(SUM(num_ratings), 0) AS BIGINT) FROM reputation_feeds WHERE "
             "name <> :except",
      soci::into(count), soci::use(except, "except");
  return count;
}

std::int64_t count_own_ratings(Session& session) {
  const std::string own(kOwnRatings);
  std::int64_t count = 0;
  session << "SELECT COUNT(*) FROM reputation_ratings WHERE feed = :feed", soci::into(count),
      soci::use(own, "feed");
  return count;
}

std::vector<StoredRating> own_ratings(Session& session, std::size_t most) {
  const std::string own(kOwnRatings);
  const auto limit = static_cast<long long>(most);
  std::vector<StoredRating> ratings;
  std::string expression;
  int score = 0, category = 0;
  soci::statement select =
      (session.prepare << "SELECT expression, CAST(score AS INTEGER), CAST(category AS INTEGER) "
                          "FROM reputation_ratings WHERE feed = :feed ORDER BY expression LIMIT "
                          ":most",
       soci::into(expression), soci::into(score), soci::into(category), soci::use(own, "feed"),
       soci::use(limit, "most"));
  select.execute();
  while (select.fetch())
    ratings.push_back(
        {expression,
         {static_cast<rules::ReputationScore>(score), static_cast<std::uint16_t>(category)}});
  return ratings;
}

void store_feed(Database& database, Session& session, const RatingFeed& feed,
                const std::vector<StoredRating>& ratings) {
  delete_feed(session, feed.name);
  insert_feed(session, feed);
  insert_all(database, session, feed.name, ratings);
  tell(session);
}

bool remove_feed(Session& session, const std::string& name) {
  if (!has_feed(session, name)) return false;
  delete_feed(session, name);
  tell(session);
  return true;
}

void store_own_rating(Session& session, const StoredRating& rating, std::int64_t changed_at,
                      const std::string& changed_by) {
  const std::string own(kOwnRatings);
  const long long score = rating.reputation.score, category = rating.reputation.category;
  (void)delete_own(session, rating.expression);
  session << "INSERT INTO reputation_ratings (feed, expression, score, category) VALUES (:feed, "
             ":expression, :score, :category)",
      soci::use(own, "feed"), soci::use(rating.expression, "expression"), soci::use(score, "score"),
      soci::use(category, "category");
  note_own_change(session, changed_at, changed_by);
}

bool remove_own_rating(Session& session, const std::string& expression, std::int64_t changed_at,
                       const std::string& changed_by) {
  if (!delete_own(session, expression)) return false;
  note_own_change(session, changed_at, changed_by);
  return true;
}

std::optional<FoundRating> find_rating(Session& session, std::span<const std::string> expressions) {
  for (const auto& expression : expressions) {
    std::optional<FoundRating> best;
    std::string feed;
    int score = 0, category = 0;
    soci::statement select =
        (session.prepare << "SELECT feed, CAST(score AS INTEGER), CAST(category AS INTEGER) FROM "
                            "reputation_ratings WHERE expression = :expression ORDER BY feed",
         soci::into(feed), soci::into(score), soci::into(category),
         soci::use(expression, "expression"));
    select.execute();
    while (select.fetch()) {
      FoundRating found{
          {expression,
           {static_cast<rules::ReputationScore>(score), static_cast<std::uint16_t>(category)}},
          feed};
      if (!best || counts_before(found, *best)) best = std::move(found);
    }
    if (best) return best;
  }
  return std::nullopt;
}

}  // namespace sekisho::console
