#include "controlplane/console/reputation/rating_board.h"

#include <algorithm>

#include "controlplane/console/reputation/rating_rows.h"

namespace sekisho::console {
namespace {

using Session = Database::Session;

std::map<std::string, std::string> revisions_of(Session& session) {
  std::map<std::string, std::string> revisions;
  std::string name, revision;
  soci::statement select = (session.prepare << "SELECT name, revision FROM reputation_feeds",
                            soci::into(name), soci::into(revision));
  select.execute();
  while (select.fetch()) revisions[name] = revision;
  return revisions;
}

/// An expression begins with its host, and the path with the first '/'; what is hashed is both.
std::vector<HashedRating> ratings_of(Session& session, const std::string& feed) {
  std::vector<HashedRating> ratings;
  std::string expression;
  int score = 0, category = 0;
  soci::statement select =
      (session.prepare << "SELECT expression, CAST(score AS INTEGER), CAST(category AS INTEGER) "
                          "FROM reputation_ratings WHERE feed = :feed",
       soci::into(expression), soci::into(score), soci::into(category), soci::use(feed, "feed"));
  select.execute();
  while (select.fetch())
    ratings.push_back(
        {rules::hash_of({expression, {}}),
         {static_cast<rules::ReputationScore>(score), static_cast<std::uint16_t>(category)}});
  return ratings;
}

}  // namespace

std::shared_ptr<const RatingTable> RatingBoard::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

/// False: all feeds are what they were.
bool RatingBoard::read_changed() {
  // Into a copy only when the transaction is over: a part of it would be believed for ever.
  std::map<std::string, FeedCopy> read;
  const auto revisions = database_.read([&](Session& session) {
    read.clear();
    auto now = revisions_of(session);
    for (const auto& [name, revision] : now) {
      const auto known = feeds_.find(name);
      if (known == feeds_.end() || known->second.revision != revision)
        read[name] = {revision, ratings_of(session, name)};
    }
    return now;
  });
  const auto gone = std::erase_if(
      feeds_, [&](const auto& feed) { return revisions.find(feed.first) == revisions.end(); });
  const bool changed = gone != 0 || !read.empty();
  for (auto& [name, feed] : read) feeds_[name] = std::move(feed);
  return changed;
}

std::vector<rules::UrlHashPrefix> RatingBoard::refresh() {
  if (!read_changed()) return {};
  std::vector<HashedRating> all;
  for (const auto& [name, feed] : feeds_)
    if (name != kOwnRatings) all.insert(all.end(), feed.ratings.begin(), feed.ratings.end());
  // The first of a hash counts: own ratings, then the worst of all feeds.
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.reputation.score < b.reputation.score;
  });
  if (const auto own = feeds_.find(std::string(kOwnRatings)); own != feeds_.end())
    all.insert(all.begin(), own->second.ratings.begin(), own->second.ratings.end());
  auto next = std::make_shared<const RatingTable>(std::move(all));
  const auto before = table();
  auto changed = changed_prefixes(*before, *next);
  const std::lock_guard lock(mutex_);
  table_ = std::move(next);
  return changed;
}

}  // namespace sekisho::console
