#include "dataplane/control/user_addresses.h"

#include <utility>

namespace sekisho::dataplane {

Status UserAddresses::bind(UserAddress entry, std::uint32_t now_seconds) {
  if (entry.groups.size() > kMaxGroups)
    return Error{Error::Code::invalid_input, "an address has at most " +
                                                 std::to_string(kMaxGroups) + " groups, not " +
                                                 std::to_string(entry.groups.size())};
  if (entries_.size() >= capacity_ && !entries_.contains(entry.address)) {
    forget_expired(now_seconds);
    if (entries_.size() >= capacity_)
      return Error{Error::Code::resource,
                   "users are known for " + std::to_string(capacity_) + " addresses, the limit"};
  }
  ++changes_;
  learned_.forget(entry.address);
  const auto learn = [&](const std::string& name) {
    learned_.learn(entry.address, engines::firewall::user_id(name), entry.until_seconds,
                   now_seconds);
  };
  learn(entry.user);
  for (const auto& group : entry.groups) learn(group);
  remember(entry);
  entries_[entry.address] = std::move(entry);
  return ok();
}

void UserAddresses::remember(const UserAddress& entry) {
  if (by_id_.size() >= 2 * capacity_) {
    by_id_.clear();
    for (const auto& [address, known] : entries_)
      by_id_[engines::firewall::user_id(known.user)] = known;
  }
  by_id_[engines::firewall::user_id(entry.user)] = entry;
}

const UserAddress* UserAddresses::named(std::uint32_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

bool UserAddresses::release(const IpAddress& address) {
  ++changes_;
  learned_.forget(address);
  return entries_.erase(address) != 0;
}

bool UserAddresses::knows(const IpAddress& address, std::uint32_t now_seconds) const {
  const auto found = entries_.find(address);
  return found != entries_.end() && found->second.until_seconds >= now_seconds;
}

std::vector<UserAddress> UserAddresses::list(std::uint32_t now_seconds) const {
  std::vector<UserAddress> alive;
  for (const auto& [address, entry] : entries_)
    if (entry.until_seconds >= now_seconds) alive.push_back(entry);
  return alive;
}

void UserAddresses::forget_expired(std::uint32_t now_seconds) {
  std::erase_if(entries_, [&](const auto& entry) {
    const bool is_over = entry.second.until_seconds < now_seconds;
    if (is_over) learned_.forget(entry.first);
    return is_over;
  });
}

}  // namespace sekisho::dataplane
