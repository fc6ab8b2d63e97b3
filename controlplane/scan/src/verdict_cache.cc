#include "controlplane/scan/verdict_cache.h"

namespace sekisho::controlplane {

std::optional<scan::ScanAnswer> VerdictCache::find(const std::string& sha256,
                                                   const SignatureState& state,
                                                   Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_hash_.find(sha256);
  if (found == by_hash_.end()) return std::nullopt;
  const auto entry = found->second;
  const bool counts = entry->answer.verdict == scan::Verdict::failed
                          ? now - entry->since < kFailureLife
                          : entry->state == state;
  if (!counts) {
    entries_.erase(entry);
    by_hash_.erase(found);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  auto answer = entry->answer;
  answer.from_cache = true;
  return answer;
}

void VerdictCache::keep(const scan::ScanAnswer& answer, const SignatureState& state,
                        Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_hash_.find(answer.sha256); found != by_hash_.end()) {
    entries_.erase(found->second);
    by_hash_.erase(found);
  }
  if (entries_.size() == kMaxAnswers) {
    by_hash_.erase(entries_.back().answer.sha256);
    entries_.pop_back();
  }
  entries_.push_front({answer, state, now});
  by_hash_.emplace(answer.sha256, entries_.begin());
}

std::size_t VerdictCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace sekisho::controlplane
