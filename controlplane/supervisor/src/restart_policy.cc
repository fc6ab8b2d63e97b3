#include "controlplane/supervisor/restart_policy.h"

#include <algorithm>

namespace sekisho::controlplane {
namespace {

constexpr RestartPolicy::Duration kShortLife{1'000};
constexpr RestartPolicy::Duration kFirstWait{100};
constexpr RestartPolicy::Duration kLongestWait{5'000};

}  // namespace

RestartPolicy::Duration RestartPolicy::died_after(Duration lifetime) noexcept {
  if (lifetime >= kShortLife) next_wait_ = Duration{0};
  const Duration wait = next_wait_;
  next_wait_ = wait == Duration{0} ? kFirstWait : std::min(2 * wait, kLongestWait);
  return wait;
}

}  // namespace sekisho::controlplane
