#include "controlplane/agent/reputation_cache.h"

#include <algorithm>

namespace sekisho::controlplane {

void ReputationCache::put(const PrefixAnswer& answer, std::uint32_t now_s) {
  auto [known, is_new] = answers_.insert_or_assign(
      answer.prefix, Known{now_s + std::max(answer.ttl_seconds, 1U), answer.rated});
  if (!is_new) return;
  by_age_.push_back(answer.prefix);
  while (by_age_.size() > kMostPrefixes) {
    answers_.erase(by_age_.front());
    by_age_.pop_front();
  }
}

void ReputationCache::drop(std::span<const rules::UrlHashPrefix> prefixes) {
  for (const auto prefix : prefixes) answers_.erase(prefix);
}

void ReputationCache::clear() {
  answers_.clear();
  by_age_.clear();
}

const ReputationCache::Known* ReputationCache::find(rules::UrlHashPrefix prefix,
                                                    std::uint32_t now_s) const {
  const auto found = answers_.find(prefix);
  return found == answers_.end() || found->second.expires_s <= now_s ? nullptr : &found->second;
}

bool ReputationCache::knows(rules::UrlHashPrefix prefix, std::uint32_t now_s) const {
  return find(prefix, now_s) != nullptr;
}

UrlRating ReputationCache::rate(const ExpressionHashes& hashes, std::uint32_t now_s,
                                std::uint32_t latest_s) const {
  UrlRating rating;
  rating.answer = {.expires_s = latest_s, .source = reputation::AnswerSource::service};
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const auto* known = find(rules::prefix_of(hashes[i]), now_s);
    if (known == nullptr) continue;
    rating.answer.expires_s = std::min(rating.answer.expires_s, known->expires_s);
    const auto rated = std::find_if(known->rated.begin(), known->rated.end(),
                                    [&](const RatedHash& one) { return one.hash == hashes[i]; });
    if (rated == known->rated.end()) continue;
    rating.answer.score = rated->reputation.score;
    rating.answer.category = rated->reputation.category;
    rating.expression = i;
    break;  // what is less specific counts no more
  }
  return rating;
}

}  // namespace sekisho::controlplane
