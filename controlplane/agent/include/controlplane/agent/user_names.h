#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "config/events/eve.h"
#include "config/snapshot/meta.h"

namespace sekisho::controlplane {

/// Who stands behind the users' ids of the dataplane: whom a policy names, and whom somebody
/// identified, as the dataplane was told. Remembers both. Any thread.
class UserNames {
 public:
  using Policies = std::function<Result<snapshot::SnapshotMeta>(std::uint32_t serial)>;
  struct Identified {
    std::uint32_t id = 0;
    events::EveUser user;
  };
  /// Those of `ids` that the dataplane knows.
  using Dataplane =
      std::function<Result<std::vector<Identified>>(std::span<const std::uint32_t> ids)>;

  UserNames(Policies policies, Dataplane dataplane)
      : policies_(std::move(policies)), dataplane_(std::move(dataplane)) {}

  /// Under policy `serial`. An empty name: nobody knows.
  events::EveUser name(std::uint32_t serial, std::uint32_t id);

 private:
  using Clock = std::chrono::steady_clock;
  struct OfPolicy {
    std::map<std::uint32_t, events::EveUser> users;
    bool known = false;
    Clock::time_point asked;
  };
  struct Known {
    events::EveUser user;  // an empty name: the dataplane did not know
    Clock::time_point ask_again;
  };
  const events::EveUser* in_policy(std::uint32_t serial, std::uint32_t id);
  events::EveUser identified(std::uint32_t id);

  Policies policies_;
  Dataplane dataplane_;
  std::mutex mutex_;  // guards what follows
  std::map<std::uint32_t, OfPolicy> by_serial_;
  std::map<std::uint32_t, Known> identified_;
  Clock::time_point ask_dataplane_;  // not before
};

}  // namespace sekisho::controlplane
