#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "rules/feeds/feed.h"
#include "rules/reputation/score.h"

namespace sekisho::rules {

/// A URL expression (rules/reputation) with what a feed says of it; its text is host and path, one
/// behind the other, as it is hashed.
struct ExpressionRating {
  std::string expression;
  Reputation reputation;
  bool operator==(const ExpressionRating&) const = default;
};

inline constexpr std::size_t kMaxExpressionBytes = 2'000;  // PostgreSQL's indices take 2,700
inline constexpr std::size_t kMaxRatedAddresses = 256;     // of one network

struct FeedRatings {
  std::vector<ExpressionRating> ratings;  // by expression, each once, with its worst score
  std::size_t num_left_out = 0;           // hashes: no URL has one
  std::size_t num_refused = 0;
  std::vector<FeedMistake> mistakes;  // the first kMaxToldMistakes
};

/// A feed as ratings: a domain rates its "/", a URL the most specific of its expressions, an
/// address and each of a network of at most kMaxRatedAddresses its "/". `fallback`'s score is that
/// of indicators without one, its category that of all.
FeedRatings ratings_of(const Feed& feed, Reputation fallback);

}  // namespace sekisho::rules
