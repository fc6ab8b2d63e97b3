#include "event_cursor.h"

#include <algorithm>

namespace sekisho::console {
namespace {

struct Cursor {
  long long sequence = 0;
  long long lost = 0;
};

/// Locked until the transaction ends: the same lines over another console wait here, and then see
/// that they are stored.
Cursor lock_cursor(GroupTransaction& transaction, const std::string& gateway,
                   const std::string& epoch) {
  auto& session = transaction.session;
  session << "INSERT INTO event_cursors (gateway, epoch, sequence, lost) VALUES "
             "(:gateway, :epoch, 0, 0) ON CONFLICT (gateway, epoch) DO NOTHING",
      soci::use(gateway), soci::use(epoch);
  Cursor cursor;
  session
      << "SELECT sequence, lost FROM event_cursors WHERE gateway = :gateway AND epoch = :epoch" +
             std::string(transaction.database.for_update()),
      soci::into(cursor.sequence), soci::into(cursor.lost), soci::use(gateway), soci::use(epoch);
  return cursor;
}

}  // namespace

std::uint64_t stored_sequence(Database::Session& session, const std::string& gateway,
                              const std::string& epoch) {
  long long sequence = 0;
  session << "SELECT sequence FROM event_cursors WHERE gateway = :gateway AND epoch = :epoch",
      soci::into(sequence), soci::use(gateway), soci::use(epoch);
  return session.got_data() ? static_cast<std::uint64_t>(sequence) : 0;
}

std::uint64_t store_lines(GroupTransaction& transaction, const EventOwner& owner,
                          const EventLines& lines) {
  Cursor cursor = lock_cursor(transaction, owner.gateway, lines.epoch);
  const auto stored = static_cast<std::uint64_t>(cursor.sequence);
  const std::uint64_t last = lines.first_sequence + lines.rows.size() - 1;
  if (last <= stored) return stored;
  const std::uint64_t first = std::max(lines.first_sequence, stored + 1);
  cursor.lost += static_cast<long long>(first - stored - 1);
  cursor.sequence = static_cast<long long>(last);
  transaction.session << "UPDATE event_cursors SET sequence = :sequence, lost = :lost "
                         "WHERE gateway = :gateway AND epoch = :epoch",
      soci::use(cursor.sequence), soci::use(cursor.lost), soci::use(owner.gateway),
      soci::use(lines.epoch);
  const auto skipped = static_cast<std::size_t>(first - lines.first_sequence);
  transaction.events.push_back({owner.tenant, owner.gateway_number, lines.rows.data() + skipped,
                                lines.rows.size() - skipped});
  return last;
}

}  // namespace sekisho::console
