#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/console/store/database.h"
#include "rules/feeds/ratings.h"
#include "rules/reputation/score.h"

namespace sekisho::console {

/// The feed of what people rated one by one. Its ratings stand before those of all others; among
/// these the worst score counts.
inline constexpr std::string_view kOwnRatings = "";

inline constexpr std::size_t kMaxRatingFeeds = 64;

inline constexpr std::size_t kMaxOwnRatings = 100'000;
inline constexpr std::size_t kMaxAllRatings = 2'000'000;  // 80 bytes each in a console's memory

/// Notices with this in the place of a gateway say that ratings have changed.
inline constexpr std::string_view kRatingNotice = "reputation";

struct RatingFeed {
  std::string name;
  std::string format;
  rules::Reputation fallback;  // of entries that say none
  std::int64_t num_ratings = 0;
  std::int64_t num_refused = 0;
  std::int64_t num_left_out = 0;
  std::string mistakes = "[]";  // JSON
  std::int64_t changed_at = 0;
  std::string changed_by;
};

using StoredRating = rules::ExpressionRating;

// Inside a transaction of Database::write(); what changes something leaves a notice.

/// All but kOwnRatings, by name.
std::vector<RatingFeed> rating_feeds(Database::Session& session);
/// Own ones among them, but not those of the feed `except`.
std::int64_t count_ratings(Database::Session& session, const std::string& except);
std::int64_t count_own_ratings(Database::Session& session);
/// The first `most`, by expression.
std::vector<StoredRating> own_ratings(Database::Session& session, std::size_t most);
/// In the place of the feed of that name. `ratings`: each expression once.
void store_feed(Database& database, Database::Session& session, const RatingFeed& feed,
                const std::vector<StoredRating>& ratings);
/// False: there is none of that name.
bool remove_feed(Database::Session& session, const std::string& name);

/// An own rating, in the place of an earlier one. `changed_by` and `changed_at` of `feed` say who
/// and when.
void store_own_rating(Database::Session& session, const StoredRating& rating,
                      std::int64_t changed_at, const std::string& changed_by);
/// False: the expression has none.
bool remove_own_rating(Database::Session& session, const std::string& expression,
                       std::int64_t changed_at, const std::string& changed_by);

struct FoundRating {
  StoredRating rating;
  std::string feed;
};
/// What decides about a URL with these expressions, the most specific first.
std::optional<FoundRating> find_rating(Database::Session& session,
                                       std::span<const std::string> expressions);

}  // namespace sekisho::console
