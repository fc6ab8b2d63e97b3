#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>

#include "config/base/result.h"
#include "controlplane/agent/dataplane_client.h"
#include "controlplane/agent/event_log.h"
#include "controlplane/bandwidth/account_store.h"

namespace sekisho::controlplane {

/// Puts names to the numbers of an account; empty: none is known.
struct BandwidthNames {
  std::function<std::string(std::uint32_t user)> user;
  std::function<std::string(std::uint32_t application)> application;  // or key_of() an own one
  std::function<std::string(std::uint16_t category)> category;
};

/// Reads every minute what the dataplane counted of bandwidth, keeps it on disk and tells it as an
/// event, of which the console gets one, too. What the dataplane gave and was not kept it gives
/// again. Any thread.
class BandwidthCollector {
 public:
  BandwidthCollector(const DataplaneClient& dataplane, AccountStore store, EventLog& log,
                     BandwidthNames names)
      : dataplane_(dataplane), store_(std::move(store)), log_(log), names_(std::move(names)) {}

  /// One thread.
  void run(const std::stop_token& stop);

  /// Who used most in the last `seconds`, until now if the dataplane can be asked: the fields of
  /// the reply of `bandwidth.top`. `where`: of this address, user, application or category only;
  /// empty: of all.
  Result<nlohmann::json> top(std::string_view by, std::uint64_t seconds, std::uint64_t limit,
                             const BandwidthKey& where);

 private:
  Status collect();
  Result<bool> read_one();
  Result<BandwidthAccount> account_of(const nlohmann::json& reply) const;
  Status tell_kept();
  void tell(const BandwidthAccount& account, std::string_view event_type);

  const DataplaneClient& dataplane_;
  std::mutex mutex_;  // guards the store and who asks the dataplane
  AccountStore store_;
  EventLog& log_;
  BandwidthNames names_;
  std::chrono::steady_clock::time_point collected_;
};

}  // namespace sekisho::controlplane
