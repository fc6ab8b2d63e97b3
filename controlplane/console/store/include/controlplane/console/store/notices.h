#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "controlplane/console/store/database.h"

namespace sekisho::console {

/// Inside the transaction that changes something a gateway must hear of: its policy, its key, a
/// question to it, its right to be here. Whichever console has its stream will look.
void notify_gateway(Database::Session& session, const std::string& gateway);

/// The same for many at once.
void notify_gateways(Database::Session& session, const std::vector<std::string>& gateways);

/// Reads notices as they appear, those of other consoles too. One thread.
class NoticeReader {
 public:
  /// Sees what is written after this call.
  explicit NoticeReader(Database& database);

  /// Gateways that were notified since the last call.
  std::vector<std::string> poll();

 private:
  Database& database_;
  // What was told already and is still looked at: transactions do not become visible in the order
  // of their ids. By id, with the time.
  std::map<long long, std::int64_t> told_;
  long long newest_ = 0;
};

}  // namespace sekisho::console
