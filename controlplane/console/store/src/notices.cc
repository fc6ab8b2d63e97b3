#include "controlplane/console/store/notices.h"

#include <algorithm>

#include "controlplane/console/store/clock.h"

namespace sekisho::console {
namespace {

constexpr std::int64_t kKeptMs = 60'000;
// A transaction takes its id before it commits; none is open that long.
constexpr std::int64_t kOverlapMs = 2'000;

}  // namespace

void notify_gateway(Database::Session& session, const std::string& gateway) {
  notify_gateways(session, {gateway});
}

void notify_gateways(Database::Session& session, const std::vector<std::string>& gateways) {
  const auto now = unix_ms();
  const auto old = now - kKeptMs;
  session << "DELETE FROM notices WHERE created_at < :old", soci::use(old, "old");
  std::string gateway;
  soci::statement insert =
      (session.prepare << "INSERT INTO notices (gateway, created_at) VALUES (:gateway, :now)",
       soci::use(gateway, "gateway"), soci::use(now, "now"));
  for (const auto& id : gateways) {
    gateway = id;
    insert.execute(true);
  }
}

NoticeReader::NoticeReader(Database& database) : database_(database) { poll(); }

std::vector<std::string> NoticeReader::poll() {
  const auto recent = unix_ms() - kOverlapMs;
  std::erase_if(told_, [&](const auto& notice) { return notice.second <= recent; });
  return database_.read([&](Database::Session& session) {
    long long id = 0, created_at = 0;
    std::string gateway;
    std::vector<std::string> gateways;
    // Bound to variables: a soci::row would take SQLite's INTEGER for an int.
    soci::statement select =
        (session.prepare << "SELECT id, gateway, created_at FROM notices WHERE id > :newest OR "
                            "created_at > :recent ORDER BY id",
         soci::into(id), soci::into(gateway), soci::into(created_at), soci::use(newest_, "newest"),
         soci::use(recent, "recent"));
    select.execute();
    while (select.fetch()) {
      newest_ = std::max(newest_, id);
      if (told_.emplace(id, created_at).second) gateways.push_back(gateway);
    }
    std::sort(gateways.begin(), gateways.end());
    gateways.erase(std::unique(gateways.begin(), gateways.end()), gateways.end());
    return gateways;
  });
}

}  // namespace sekisho::console
