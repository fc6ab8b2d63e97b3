#include "throttle.h"

#include <algorithm>
#include <cmath>

namespace sekisho::console {
namespace {

constexpr std::size_t kMaxBuckets = 100'000;

}  // namespace

double Throttle::level(const Bucket& bucket, std::int64_t now_ms) const {
  const auto passed = static_cast<double>(std::max<std::int64_t>(now_ms - bucket.at, 0));
  return std::max(bucket.level - passed * rate_, 0.0);
}

std::int64_t Throttle::attempt(const std::string& key, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= kMaxBuckets && !buckets_.contains(key)) make_room(now_ms);
  Bucket& bucket = buckets_[key];
  const double now_level = level(bucket, now_ms);
  if (now_level + 1 > attempts_)
    return static_cast<std::int64_t>(std::ceil((now_level + 1 - attempts_) / rate_));
  bucket = {now_level + 1, now_ms};
  return 0;
}

void Throttle::forgive(const std::string& key, double attempts) {
  const std::lock_guard lock(mutex_);
  const auto found = buckets_.find(key);
  if (found == buckets_.end()) return;
  found->second.level -= attempts;
  if (found->second.level <= 0) buckets_.erase(found);
}

/// Empty buckets go; when there are none, whichever comes first: memory is bounded.
void Throttle::make_room(std::int64_t now_ms) {
  std::erase_if(buckets_, [&](const auto& entry) { return level(entry.second, now_ms) <= 0; });
  if (buckets_.size() >= kMaxBuckets) buckets_.erase(buckets_.begin());
}

}  // namespace sekisho::console
