// The console as the service that gateways ask for ratings. Nothing of a query is kept or logged.
#include <algorithm>

#include "controlplane/console/reputation/rating_table.h"
#include "link_session.h"

namespace sekisho::console {
namespace {

namespace v1 = link::v1;

/// Changes are told when they happen, so an answer may be believed for long.
constexpr std::uint32_t kTtlSeconds = 3'600;
constexpr std::size_t kMaxToldChanges = 4'096;

void add(const HashedRating& rating, v1::ReputationAnswer& answer) {
  auto& rated = *answer.add_rated();
  rated.set_hash(rating.hash.data(), rating.hash.size());
  rated.set_score(rating.reputation.score);
  rated.set_category(rating.reputation.category);
}

}  // namespace

void LinkSession::handle_reputation(const v1::ReputationQuery& query) {
  asked_for_ratings_ = true;
  std::vector<rules::UrlHashPrefix> prefixes(query.prefixes().begin(), query.prefixes().end());
  std::sort(prefixes.begin(), prefixes.end());
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  v1::ToGateway message;
  auto& answer = *message.mutable_reputation();
  answer.set_id(query.id());
  answer.set_ttl_seconds(kTtlSeconds);
  const auto table = services_.ratings.table();
  for (const auto prefix : prefixes)
    for (const auto& rating : table->with_prefix(prefix)) add(rating, answer);
  send(std::move(message));
  done_with_message();
}

void LinkSession::ratings_changed(const std::vector<rules::UrlHashPrefix>& prefixes) {
  const std::scoped_lock lock(mutex_);
  if (changed_ratings_.size() + prefixes.size() > kMaxToldChanges) {
    all_ratings_changed_ = true;
    changed_ratings_.clear();
  }
  if (!all_ratings_changed_)
    changed_ratings_.insert(changed_ratings_.end(), prefixes.begin(), prefixes.end());
  schedule_locked();
}

/// In turn with the answers, so that none from before comes behind it.
void LinkSession::tell_changed_ratings() {
  v1::ToGateway message;
  auto& changed = *message.mutable_reputation_changed();
  {
    const std::scoped_lock lock(mutex_);
    changed.set_all(std::exchange(all_ratings_changed_, false));
    changed.mutable_prefixes()->Add(changed_ratings_.begin(), changed_ratings_.end());
    changed_ratings_.clear();
  }
  if (asked_for_ratings_) send(std::move(message));
}

}  // namespace sekisho::console
