#include "announcements.h"

#include <algorithm>

namespace sekisho::engines {

void Announcements::put(const Expectation& expectation, const ips::FlowView& by,
                        std::uint64_t now_ns) noexcept {
  const bool client_connects = expectation.from == Direction::to_server;
  const auto& own = client_connects ? by.server : by.client;
  Entry entry{expectation, client_connects ? by.client : by.server, own, now_ns, true};
  if (entry.expectation.address == IpAddress{}) entry.expectation.address = own;
  const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& known) {
    return known.used && known.peer == entry.peer && known.expectation.port == expectation.port &&
           known.expectation.address == entry.expectation.address;
  });
  if (same != entries_.end()) {
    *same = entry;
    return;
  }
  entries_[next_] = entry;
  next_ = (next_ + 1) % kMax;
}

const Expectation* Announcements::take(const ips::FlowView& flow, std::uint64_t now_ns) noexcept {
  for (auto& entry : entries_) {
    if (!entry.used || entry.expectation.port != flow.server_port ||
        (entry.expectation.address != flow.server && entry.own != flow.server) ||
        entry.peer != flow.client)
      continue;
    entry.used = false;
    if (now_ns - entry.since_ns > kLifetimeNs) return nullptr;
    taken_ = entry.expectation;
    return &taken_;
  }
  return nullptr;
}

}  // namespace sekisho::engines
