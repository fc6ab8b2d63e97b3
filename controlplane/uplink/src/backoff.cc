#include "controlplane/uplink/backoff.h"

#include <algorithm>

namespace sekisho::controlplane {

Backoff::Backoff(Bounds bounds, std::uint64_t seed)
    : bounds_(bounds), step_(bounds.least), random_(seed) {}

std::chrono::milliseconds Backoff::next() {
  std::uniform_int_distribution<std::int64_t> between(step_.count() / 2, step_.count());
  const std::chrono::milliseconds wait(between(random_));
  step_ = std::min(step_ * 2, bounds_.most);
  return wait;
}

}  // namespace sekisho::controlplane
