#include "controlplane/console/reputation/rating_table.h"

#include <algorithm>

namespace sekisho::console {
namespace {

constexpr std::size_t kBuckets = 65'536;
constexpr unsigned kBucketShift = 16;

rules::UrlHashPrefix prefix_of(const HashedRating& rating) { return rules::prefix_of(rating.hash); }

/// Sorted by hash, each once.
void sort_by_hash(std::vector<HashedRating>& ratings) {
  const auto hash_of = [](const HashedRating& r) -> const rules::UrlHash& { return r.hash; };
  std::stable_sort(ratings.begin(), ratings.end(),
                   [&](const auto& a, const auto& b) { return hash_of(a) < hash_of(b); });
  const auto same = [&](const auto& a, const auto& b) { return hash_of(a) == hash_of(b); };
  ratings.erase(std::unique(ratings.begin(), ratings.end(), same), ratings.end());
}

/// Leaves the worst kMaxRatingsOfPrefix of each prefix.
void cut_crowds(std::vector<HashedRating>& ratings) {
  std::size_t kept = 0;
  for (std::size_t begin = 0, end = 0; begin < ratings.size(); begin = end) {
    while (end < ratings.size() && prefix_of(ratings[end]) == prefix_of(ratings[begin])) ++end;
    const auto at = [&](std::size_t i) { return ratings.begin() + static_cast<std::ptrdiff_t>(i); };
    if (end - begin > kMaxRatingsOfPrefix) {
      std::stable_sort(at(begin), at(end), [](const auto& a, const auto& b) {
        return a.reputation.score < b.reputation.score;
      });
      std::sort(at(begin), at(begin + kMaxRatingsOfPrefix),
                [](const auto& a, const auto& b) { return a.hash < b.hash; });
    }
    for (std::size_t i = begin; i < std::min(end, begin + kMaxRatingsOfPrefix); ++i)
      ratings[kept++] = ratings[i];
  }
  ratings.resize(kept);
}

}  // namespace

RatingTable::RatingTable(std::vector<HashedRating> ratings) : ratings_(std::move(ratings)) {
  sort_by_hash(ratings_);
  cut_crowds(ratings_);
  begins_.assign(kBuckets + 1, 0);
  for (const auto& rating : ratings_) ++begins_[(prefix_of(rating) >> kBucketShift) + 1];
  for (std::size_t i = 0; i < kBuckets; ++i) begins_[i + 1] += begins_[i];
}

std::span<const HashedRating> RatingTable::with_prefix(rules::UrlHashPrefix prefix) const noexcept {
  const auto bucket = prefix >> kBucketShift;
  const std::span<const HashedRating> all(ratings_);
  const auto near = all.subspan(begins_[bucket], begins_[bucket + 1] - begins_[bucket]);
  const auto first = std::partition_point(near.begin(), near.end(),
                                          [&](const auto& r) { return prefix_of(r) < prefix; });
  auto last = first;
  while (last != near.end() && prefix_of(*last) == prefix) ++last;
  return {first, last};
}

std::vector<rules::UrlHashPrefix> changed_prefixes(const RatingTable& before,
                                                   const RatingTable& after) {
  std::vector<rules::UrlHashPrefix> changed;
  const auto add = [&](const HashedRating& rating) {
    if (changed.empty() || changed.back() != prefix_of(rating))
      changed.push_back(prefix_of(rating));
  };
  auto a = before.ratings().begin();
  auto b = after.ratings().begin();
  const auto a_end = before.ratings().end();
  const auto b_end = after.ratings().end();
  while (a != a_end || b != b_end) {
    if (b == b_end || (a != a_end && a->hash < b->hash)) {
      add(*a++);
    } else if (a == a_end || b->hash < a->hash) {
      add(*b++);
    } else {
      if (a->reputation != b->reputation) add(*a);
      ++a, ++b;
    }
  }
  return changed;
}

}  // namespace sekisho::console
