#include "controlplane/uplink/backoff.h"

#include <algorithm>

namespace sekisho::controlplane {

Backoff::Backoff(Bounds bounds, std::uint64_t seed)
    : bounds_(bounds), step_(bounds.least), random_(seed) {}

std::chrono::milliseconds Backoff::up_to(std::chrono::milliseconds most) {
  std::uniform_int_distribution<std::int64_t> between(most.count() / 2, most.count());
  return std::chrono::milliseconds(between(random_));
}

std::chrono::milliseconds Backoff::short_one() { return up_to(bounds_.least); }

std::chrono::milliseconds Backoff::next() {
  const auto wait = up_to(step_);
  step_ = std::min(step_ * 2, bounds_.most);
  return wait;
}

}  // namespace sekisho::controlplane
