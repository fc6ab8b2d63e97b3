// The tables of packs of IPS rules.
#include "content_packs.h"

#include "controlplane/console/store/notices.h"
#include "controlplane/console/store/online.h"

namespace sekisho::console {
namespace {

Json versions_json(Session& session, const PackRow& pack) {
  Json list = Json::array();
  std::int64_t version = 0, bytes = 0, num_rules = 0, num_refused = 0, created_at = 0;
  std::string notes, created_by;
  for_each_row((session.prepare << "SELECT version, bytes, num_rules, num_refused, notes, "
                                   "created_at, created_by FROM content_pack_versions WHERE pack = "
                                   ":pack ORDER BY version DESC",
                soci::into(version), soci::into(bytes), soci::into(num_rules),
                soci::into(num_refused), soci::into(notes), soci::into(created_at),
                soci::into(created_by), soci::use(pack.id, "pack")),
               [&] {
                 list.push_back({{"version", version},
                                 {"bytes", bytes},
                                 {"num_rules", num_rules},
                                 {"num_refused", num_refused},
                                 {"notes", notes},
                                 {"created_at", created_at},
                                 {"created_by", created_by}});
               });
  return list;
}

struct GatewayContentRow {
  std::string id, name, group, state, content_state, reason_code, reason, packs, databases, console;
  std::int64_t seen_at = 0, version = 0, desired = 0, changed_at = 0;
};

/// ContentState of openapi.yaml: nothing can be on its way to a box that has not enrolled.
std::string state_of(const GatewayContentRow& row) {
  if (row.content_state.empty()) return "none";
  const bool waits = row.state == "waiting_for_activation" && row.content_state == "delivering";
  return waits ? "waiting_for_enrolment" : row.content_state;
}

Json json_of(const GatewayContentRow& row, std::int64_t now) {
  Json json{{"gateway", row.id},
            {"name", row.name},
            {"group", row.group},
            {"state", state_of(row)},
            {"online", is_online(row.console, row.seen_at, now)},
            {"version", row.version},
            {"desired_version", row.desired},
            {"changed_at", row.changed_at},
            {"packs", Json::parse(row.packs, nullptr, false)},
            {"databases", Json::parse(row.databases, nullptr, false)}};
  for (const char* list : {"packs", "databases"})
    if (!json[list].is_array()) json[list] = Json::array();
  if (!row.reason_code.empty()) json["reason_code"] = row.reason_code;
  if (!row.reason.empty()) json["reason"] = row.reason;
  return json;
}

Json gateways_json(Session& session, const std::string& tenant, std::int64_t now) {
  Json list = Json::array();
  GatewayContentRow row;
  for_each_row(
      (session.prepare
           << "SELECT g.id, g.name, p.name, g.state, g.content_state, g.content_reason_code, "
              "g.content_reason, g.content_packs, g.content_databases, g.console, g.seen_at, "
              "g.content_version, "
              "g.content_desired, g.content_changed_at FROM gateways g JOIN gateway_groups p ON "
              "p.id = g.group_id WHERE g.tenant = :tenant AND g.state <> 'revoked' ORDER BY g.name",
       soci::into(row.id), soci::into(row.name), soci::into(row.group), soci::into(row.state),
       soci::into(row.content_state), soci::into(row.reason_code), soci::into(row.reason),
       soci::into(row.packs), soci::into(row.databases), soci::into(row.console),
       soci::into(row.seen_at), soci::into(row.version), soci::into(row.desired),
       soci::into(row.changed_at), soci::use(tenant, "tenant")),
      [&] { list.push_back(json_of(row, now)); });
  return list;
}

std::int64_t content_version(Session& session, const std::string& tenant) {
  std::int64_t version = 0;
  session << "SELECT content_version FROM tenants WHERE id = :tenant", soci::into(version),
      soci::use(tenant, "tenant");
  return version;
}

std::int64_t next_content_version(Session& session, const std::string& tenant) {
  session << "UPDATE tenants SET content_version = content_version + 1 WHERE id = :tenant",
      soci::use(tenant, "tenant");
  return content_version(session, tenant);
}

}  // namespace

std::vector<PackRow> packs_of(Session& session, const std::string& tenant) {
  std::vector<PackRow> packs;
  PackRow row;
  for_each_row((session.prepare << "SELECT id, name, group_id, version, newest FROM content_packs "
                                   "WHERE tenant = :tenant ORDER BY name",
                soci::into(row.id), soci::into(row.name), soci::into(row.group),
                soci::into(row.version), soci::into(row.newest), soci::use(tenant, "tenant")),
               [&] { packs.push_back(row); });
  return packs;
}

Json pack_json(Session& session, const PackRow& pack) {
  Json json{{"id", pack.id},
            {"name", pack.name},
            {"version", pack.version},
            {"versions", versions_json(session, pack)}};
  if (!pack.group.empty()) json["group"] = pack.group;
  return json;
}

Json content_json(Session& session, const Services& services, const std::string& tenant) {
  Json packs = Json::array();
  for (const auto& pack : packs_of(session, tenant)) packs.push_back(pack_json(session, pack));
  return {{"version", content_version(session, tenant)},
          {"packs", std::move(packs)},
          {"databases", databases_json(session, tenant)},
          {"gateways", gateways_json(session, tenant, services.now())}};
}

void lock_content(Session& session, const Services& services, const std::string& tenant) {
  std::int64_t version = 0;
  session << "SELECT content_version FROM tenants WHERE id = :tenant" +
                 std::string(services.database().for_update()),
      soci::into(version), soci::use(tenant, "tenant");
}

void send_packs(Session& session, const std::string& tenant, const std::string& group,
                std::int64_t now) {
  const auto version = next_content_version(session, tenant);
  session << "UPDATE gateways SET content_desired = :version, content_state = 'delivering', "
             "content_reason_code = '', content_reason = '', content_changed_at = :now WHERE "
             "tenant = :tenant AND state <> 'revoked' AND (:all = '' OR group_id = :group)",
      soci::use(version, "version"), soci::use(now, "now"), soci::use(tenant, "tenant"),
      soci::use(group, "all"), soci::use(group, "group");
  notify_tenant(session, tenant);
}

void want_packs(Session& session, const std::string& tenant, const std::string& gateway,
                std::int64_t now) {
  if (content_version(session, tenant) == 0) return;  // there never were any
  const auto version = next_content_version(session, tenant);
  session << "UPDATE gateways SET content_desired = :version, content_state = 'delivering', "
             "content_reason_code = '', content_reason = '', content_changed_at = :now WHERE id = "
             ":id",
      soci::use(version, "version"), soci::use(now, "now"), soci::use(gateway, "id");
  notify_gateway(session, gateway);
}

void check_no_packs(Session& session, const std::string& group) {
  std::string name;
  if (first_row((session.prepare << "SELECT name FROM content_packs WHERE group_id = :id LIMIT 1",
                 soci::into(name), soci::use(group, "id"))))
    throw conflict("the pack of rules " + name + " is for this group");
}

}  // namespace sekisho::console
