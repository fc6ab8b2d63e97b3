#include "housekeeping.h"

#include <string>

#include "controlplane/console/store/online.h"

namespace sekisho::console {
namespace {

constexpr int kEventsAtOnce = 2'000;

}  // namespace

void sweep_diagnostics(Database& database, std::int64_t now) {
  const std::int64_t unanswered = now - kDiagnosticTimeoutMs;
  const std::int64_t unsent = now - kOfflineTimeoutMs;
  const std::int64_t unseen = now - kOnlineForMs;
  const std::int64_t old = now - kDiagnosticKeptMs;
  const bool any = database.read([&](Database::Session& session) {
    int count = 0;
    session << "SELECT COUNT(*) FROM diagnostics", soci::into(count);
    return count != 0;
  });
  if (!any) return;
  database.write([&](Database::Session& session) {
    session << "UPDATE diagnostics SET state = 'failed', arguments = '', message = 'the gateway is "
               "offline' "
               "WHERE state = 'waiting' AND created_at < :unsent AND gateway NOT IN "
               "(SELECT id FROM gateways WHERE console <> '' AND seen_at > :unseen)",
        soci::use(unsent), soci::use(unseen);
    session
        << "UPDATE diagnostics SET state = 'failed', arguments = '', message = 'the gateway did "
           "not answer "
           "within 90 s' WHERE state IN ('waiting', 'sent') AND created_at < :unanswered",
        soci::use(unanswered);
    session << "DELETE FROM diagnostics WHERE created_at < :old", soci::use(old);
  });
}

bool delete_old_events(Database& database, std::int64_t oldest) {
  return database.write([&](Database::Session& session) {
    // Up to where the table is looked at: ids rise as events arrive.
    long long up_to = 0, count = 0, deleted = 0;
    session << "SELECT COALESCE(MAX(id), 0), COUNT(*) FROM (SELECT id FROM events ORDER BY id "
               "LIMIT "
            << kEventsAtOnce << ") AS first_ones",
        soci::into(up_to), soci::into(count);
    session << "SELECT COUNT(*) FROM events WHERE id <= :up_to AND time < :oldest",
        soci::into(deleted), soci::use(up_to), soci::use(oldest);
    if (deleted == 0) return false;
    session << "DELETE FROM events WHERE id <= :up_to AND time < :oldest", soci::use(up_to),
        soci::use(oldest);
    return deleted == count && count == kEventsAtOnce;
  });
}

}  // namespace sekisho::console
