#include "streams.h"

#include <algorithm>

namespace sekisho::console {

void Streams::add(const std::shared_ptr<LinkSession>& session) {
  const std::scoped_lock lock(mutex_);
  sessions_.emplace(session->gateway(), session);
}

void Streams::remove(const std::shared_ptr<LinkSession>& session) {
  const std::scoped_lock lock(mutex_);
  const auto [first, last] = sessions_.equal_range(session->gateway());
  const auto found =
      std::find_if(first, last, [&](const auto& entry) { return entry.second == session; });
  if (found != last) sessions_.erase(found);
}

std::vector<std::shared_ptr<LinkSession>> Streams::of(const std::string& gateway) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<LinkSession>> sessions;
  const auto [first, last] = sessions_.equal_range(gateway);
  for (auto at = first; at != last; ++at) sessions.push_back(at->second);
  return sessions;
}

std::vector<std::shared_ptr<LinkSession>> Streams::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<LinkSession>> sessions;
  sessions.reserve(sessions_.size());
  for (const auto& [gateway, session] : sessions_) sessions.push_back(session);
  return sessions;
}

std::size_t Streams::count() const {
  const std::scoped_lock lock(mutex_);
  return sessions_.size();
}

}  // namespace sekisho::console
