#pragma once

#include <cstdint>

#include "controlplane/console/store/database.h"

namespace sekisho::console {

/// Unanswered, a question has failed after this.
inline constexpr std::int64_t kDiagnosticTimeoutMs = 90'000;
/// A question to a gateway that is offline has failed after this.
inline constexpr std::int64_t kOfflineTimeoutMs = 10'000;
inline constexpr std::int64_t kDiagnosticKeptMs = 3'600'000;

/// Ends diagnostics that nobody will answer, and deletes old ones.
void sweep_diagnostics(Database& database, std::int64_t now);

/// One small step of deleting events older than `oldest`, in the order in which they arrived. True:
/// there may be more.
bool delete_old_events(Database& database, std::int64_t oldest);

}  // namespace sekisho::console
