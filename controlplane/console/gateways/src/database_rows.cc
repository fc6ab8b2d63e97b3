#include "database_rows.h"

#include <nlohmann/json.hpp>

#include "controlplane/console/store/base64.h"

namespace sekisho::console {
namespace {

using nlohmann::json;
namespace v1 = link::v1;

std::string state_of(const v1::DatabaseReport& report) {
  switch (report.state()) {
    case v1::CONTENT_STATE_ACCEPTED:
      return "accepted";
    case v1::CONTENT_STATE_REFUSED:
      return "refused";
    case v1::CONTENT_STATE_ROLLED_BACK:
      return "rolled_back";
    default:  // none was tried, or a state of a newer gateway
      return "none";
  }
}

/// The gateway's own word of a kind; an empty object: it has none.
json report_of(const json& reports, content::DatabaseKind kind) {
  for (const json& report : reports)
    if (report.is_object() && report.value("kind", "") == name_of(kind)) return report;
  return json::object();
}

std::vector<DatabaseOnOffer> newest_databases(Database::Session& session,
                                              const std::string& tenant) {
  std::vector<DatabaseOnOffer> newest;
  std::string kind, sha256;
  long long version = 0, built = 0, entries = 0, bytes = 0;
  soci::statement select =
      (session.prepare
           << "SELECT d.kind, d.version, d.built, d.entries, d.bytes, d.sha256 FROM "
              "content_databases d WHERE d.tenant = :tenant AND d.version = (SELECT MAX(n.version) "
              "FROM content_databases n WHERE n.tenant = d.tenant AND n.kind = d.kind) ORDER BY "
              "d.kind",
       soci::into(kind), soci::into(version), soci::into(built), soci::into(entries),
       soci::into(bytes), soci::into(sha256), soci::use(tenant));
  select.execute();
  while (select.fetch())
    if (const auto known = content::find_database_kind(kind))
      newest.push_back({.kind = *known,
                        .description = {.version = static_cast<std::uint64_t>(version),
                                        .built = built,
                                        .entries = static_cast<std::uint64_t>(entries),
                                        .bytes = static_cast<std::uint64_t>(bytes),
                                        .sha256 = sha256}});
  return newest;
}

}  // namespace

std::vector<DatabaseOnOffer> databases_for(Database::Session& session, const std::string& gateway,
                                           const std::string& tenant) {
  std::string stored;
  session << "SELECT content_databases FROM gateways WHERE id = :gateway", soci::into(stored),
      soci::use(gateway);
  auto reports = json::parse(stored, nullptr, false);
  if (!reports.is_array()) reports = json::array();
  auto offered = newest_databases(session, tenant);
  std::erase_if(offered, [&](DatabaseOnOffer& one) {
    const auto report = report_of(reports, one.kind);
    if (report.value("version_in_force", std::uint64_t{0}) >= one.description.version) return true;
    const auto state = report.value("version", std::uint64_t{0}) == one.description.version
                           ? report.value("state", "")
                           : std::string();
    one.was_refused = state == "refused";
    one.was_rolled_back = state == "rolled_back";
    return false;
  });
  return offered;
}

std::optional<std::string> packed_list(Database::Session& session, const std::string& tenant,
                                       content::DatabaseKind kind, std::uint64_t version) {
  const std::string name(name_of(kind));
  const auto number = static_cast<long long>(version);
  std::string list;
  session << "SELECT list FROM content_databases WHERE tenant = :tenant AND kind = :kind AND "
             "version = :version",
      soci::into(list), soci::use(tenant), soci::use(name), soci::use(number);
  if (!session.got_data()) return std::nullopt;
  return from_base64(list);
}

std::string databases_json(const v1::ContentReport& report) {
  json list = json::array();
  for (const auto& database : report.databases())
    list.push_back({{"kind", database.kind()},
                    {"version_in_force", database.version_in_force()},
                    {"built", database.built()},
                    {"entries", database.entries()},
                    {"version", database.version()},
                    {"state", state_of(database)},
                    {"reason_code", database.reason_code()},
                    {"reason", database.reason()},
                    {"stale", database.stale()}});
  return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace sekisho::console
