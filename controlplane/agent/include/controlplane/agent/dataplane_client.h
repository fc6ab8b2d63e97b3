#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// What the dataplane says of itself.
struct DataplaneState {
  std::string boot_id;
  std::uint32_t serial = 0;  // 0: it has no policy
  std::string content_address;
  std::uint64_t uptime_seconds = 0;
  std::uint64_t user_changes = 0;  // another number: other users are identified
};

struct LearnedName {
  std::string name;
  std::vector<std::string> addresses;
};

/// One port's row of the `ports` reply: its labels and its numbers.
struct PortCounters {
  std::string name;
  bool link_up = false;
  std::map<std::string, std::uint64_t> numbers;
};

/// Requests to dataplane.sock, each on a connection of its own; any thread. not_found: the
/// dataplane is not there.
class DataplaneClient {
 public:
  explicit DataplaneClient(std::string socket_path) : path_(std::move(socket_path)) {}

  Result<DataplaneState> state() const;
  Status load_policy(const std::string& snapshot_path, std::uint32_t serial) const;
  Result<std::map<std::string, std::uint64_t>> counters() const;
  Result<std::vector<PortCounters>> ports() const;
  /// Any request; `attached` is -1 or a descriptor to pass along. Gives up when `stop` is
  /// requested.
  Result<nlohmann::json> ask(const nlohmann::json& request, std::chrono::milliseconds timeout,
                             int attached = -1, const std::stop_token& stop = {}) const;
  /// Returns how many name-address pairs were new.
  Result<std::uint64_t> learn(const std::vector<LearnedName>& entries,
                              std::chrono::seconds ttl) const;

 private:
  std::string path_;
};

}  // namespace sekisho::controlplane
