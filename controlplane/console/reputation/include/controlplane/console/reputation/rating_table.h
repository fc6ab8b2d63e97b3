#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rules/reputation/score.h"
#include "rules/reputation/url_expressions.h"

namespace sekisho::console {

struct HashedRating {
  rules::UrlHash hash{};
  rules::Reputation reputation;
  bool operator==(const HashedRating&) const = default;
};

/// Ratings that share a prefix, at most: more than that by chance is not to be expected of any
/// number of ratings that there is room for, and bounds an answer.
inline constexpr std::size_t kMaxRatingsOfPrefix = 4;

/// Ratings by the beginning of their hash. Never changes; any thread.
class RatingTable {
 public:
  /// `ratings` in any order. Of several for one hash the first counts; of more than
  /// kMaxRatingsOfPrefix for one prefix the worst scores do.
  explicit RatingTable(std::vector<HashedRating> ratings = {});

  std::span<const HashedRating> with_prefix(rules::UrlHashPrefix prefix) const noexcept;
  std::size_t size() const noexcept { return ratings_.size(); }
  /// By hash.
  const std::vector<HashedRating>& ratings() const noexcept { return ratings_; }

 private:
  std::vector<HashedRating> ratings_;
  std::vector<std::uint32_t> begins_;  // of the ratings by the first 16 bits, and the end
};

/// The prefixes whose answers differ, each once.
std::vector<rules::UrlHashPrefix> changed_prefixes(const RatingTable& before,
                                                   const RatingTable& after);

}  // namespace sekisho::console
