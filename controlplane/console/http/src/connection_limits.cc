#include "connection_limits.h"

namespace sekisho::console::http {

std::unique_ptr<ConnectionLimits::Place> ConnectionLimits::enter(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (open_ >= in_all_) return nullptr;
  if (const auto found = by_address_.find(address);
      found != by_address_.end() && found->second >= per_address_)
    return nullptr;
  ++by_address_[address];
  ++open_;
  return std::make_unique<Place>(shared_from_this(), address);
}

std::size_t ConnectionLimits::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

void ConnectionLimits::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  --open_;
  const auto found = by_address_.find(address);
  if (--found->second == 0) by_address_.erase(found);
}

}  // namespace sekisho::console::http
