#pragma once

#include <cstdint>
#include <string>

#include "controlplane/console/gateways/event_batch.h"
#include "controlplane/console/gateways/group_writer.h"

namespace sekisho::console {

/// Whose events they are.
struct EventOwner {
  std::string gateway;
  std::string tenant;
  std::int64_t gateway_number = 0;
};

/// The last sequence of `epoch` that is stored; 0: none.
std::uint64_t stored_sequence(Database::Session& session, const std::string& gateway,
                              const std::string& epoch);

/// Stores those lines that are not stored yet and moves the cursor behind the last; lines that are
/// missing before the first count as lost. Returns the cursor: the transaction's commit is what
/// makes it true. `lines` stays until then.
std::uint64_t store_lines(GroupTransaction& transaction, const EventOwner& owner,
                          const EventLines& lines);

}  // namespace sekisho::console
