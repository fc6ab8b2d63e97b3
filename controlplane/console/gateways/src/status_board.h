#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "controlplane/console/gateways/group_writer.h"
#include "gateway_rows.h"

namespace sekisho::link::v1 {
class StatusReport;
}

namespace sekisho::console {

/// The newest report of each gateway, written together about once a second: how many gateways
/// report then costs rows, not transactions. Any thread.
class StatusBoard {
 public:
  explicit StatusBoard(GroupWriter& writer) : writer_(writer) {}

  void report(const std::string& gateway, const StreamName& stream,
              const link::v1::StatusReport& report, std::int64_t now);
  void flush();

 private:
  struct Latest {
    StreamName stream;
    std::string json;
    std::int64_t events_lost = 0;
    std::int64_t seen_at = 0;
  };
  using Board = std::map<std::string, Latest>;  // by gateway

  GroupWriter& writer_;
  std::mutex mutex_;
  Board latest_;  // under mutex_
};

}  // namespace sekisho::console
