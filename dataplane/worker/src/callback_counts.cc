#include <algorithm>

#include "dataplane/worker/callback_watch.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t kMinuteNs = 60'000'000'000;

/// Minutes that have gone since the last one begin at nothing.
void move_on(HostCallbacks& host, std::uint32_t minute) noexcept {
  const auto gone = std::min<std::uint32_t>(minute - host.last_minute, HostCallbacks::kMinutes);
  for (std::uint32_t i = 1; i <= gone; ++i)
    host.by_minute[(host.last_minute + i) % HostCallbacks::kMinutes] = 0;
  host.last_minute = minute;
}

}  // namespace

std::uint64_t HostCallbacks::in_last_hour(std::uint32_t minute) const noexcept {
  HostCallbacks now = *this;
  if (minute > now.last_minute) move_on(now, minute);
  std::uint64_t sum = 0;
  for (const auto count : now.by_minute) sum += count;
  return sum;
}

void CallbackCounts::add(const IpAddress& host, std::uint64_t now_ns) noexcept {
  const auto minute = static_cast<std::uint32_t>(now_ns / kMinuteNs);
  const auto end = hosts_.begin() + static_cast<std::ptrdiff_t>(count_);
  auto found = std::find_if(hosts_.begin(), end,
                            [&](const HostCallbacks& known) { return known.host == host; });
  if (found == end) {
    if (count_ < kHosts)
      ++count_;
    else
      found = std::min_element(hosts_.begin(), hosts_.end(),
                               [](const auto& a, const auto& b) { return a.last_ns < b.last_ns; });
    *found = {};
    found->host = host;
    found->last_minute = minute;
  }
  move_on(*found, minute);
  found->last_ns = now_ns;
  ++found->by_minute[minute % HostCallbacks::kMinutes];
}

}  // namespace sekisho::dataplane
