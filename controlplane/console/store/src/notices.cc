#include "controlplane/console/store/notices.h"

#include <algorithm>
#include <chrono>

namespace sekisho::console {
namespace {

constexpr std::int64_t kKeptMs = 60'000;
// A transaction takes its id before it commits; none is open that long.
constexpr std::int64_t kOverlapMs = 2'000;

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

void notify_gateway(Database::Session& session, const std::string& gateway) {
  const auto now = now_ms();
  session << "DELETE FROM notices WHERE created_at < :old", soci::use(now - kKeptMs, "old");
  session << "INSERT INTO notices (gateway, created_at) VALUES (:gateway, :now)",
      soci::use(gateway, "gateway"), soci::use(now, "now");
}

NoticeReader::NoticeReader(Database& database) : database_(database) { poll(); }

std::vector<std::string> NoticeReader::poll() {
  return database_.read([&](Database::Session& session) {
    const auto recent = now_ms() - kOverlapMs;
    long long id = 0;
    std::string gateway;
    std::vector<std::string> gateways;
    // Bound to variables: a soci::row would take SQLite's INTEGER for an int.
    soci::statement select =
        (session.prepare << "SELECT id, gateway FROM notices WHERE id > :newest OR created_at > "
                            ":recent ORDER BY id",
         soci::into(id), soci::into(gateway), soci::use(newest_, "newest"),
         soci::use(recent, "recent"));
    select.execute();
    while (select.fetch()) {
      newest_ = std::max(newest_, id);
      gateways.push_back(gateway);
    }
    std::sort(gateways.begin(), gateways.end());
    gateways.erase(std::unique(gateways.begin(), gateways.end()), gateways.end());
    return gateways;
  });
}

}  // namespace sekisho::console
