#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controlplane/console/store/database.h"

namespace sekisho::console {

/// Inside the transaction that changes something a gateway must hear of: its policy, its key, a
/// question to it, its right to be here. Whichever console has its stream will look.
void notify_gateway(Database::Session& session, const std::string& gateway);

/// Reads notices as they appear, those of other consoles too. One thread.
class NoticeReader {
 public:
  /// Sees what is written after this call.
  explicit NoticeReader(Database& database);

  /// Gateways that were notified since the last call. A gateway may be told again: transactions do
  /// not become visible in the order of their ids.
  std::vector<std::string> poll();

 private:
  Database& database_;
  long long newest_ = 0;
};

}  // namespace sekisho::console
