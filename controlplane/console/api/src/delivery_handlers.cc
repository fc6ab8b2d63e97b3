// Deliver all, and how deliveries go.
#include "changes.h"
#include "controlplane/console/store/online.h"
#include "rows.h"

namespace sekisho::console {
namespace {

struct DeliveryRow {
  std::int64_t version = 0;
  std::int64_t created_at = 0;
  std::string created_by;
  std::string comment;
};

Json delivery_json(const DeliveryRow& row, const std::map<std::string, std::int64_t>& counts) {
  Json json{{"version", row.version},
            {"created_at", row.created_at},
            {"created_by", row.created_by},
            {"comment", row.comment}};
  for (const char* state :
       {"delivering", "waiting_for_enrolment", "succeeded", "failed", "superseded"}) {
    const auto found = counts.find(state);
    json[state] = found == counts.end() ? 0 : found->second;
  }
  return json;
}

/// How many gateways are in which state, by version, from `from` to `to`.
std::map<std::int64_t, std::map<std::string, std::int64_t>> states_of(Session& session,
                                                                      const std::string& tenant,
                                                                      std::int64_t from,
                                                                      std::int64_t to) {
  std::map<std::int64_t, std::map<std::string, std::int64_t>> counts;
  std::int64_t version = 0;
  std::string state;
  std::int64_t count = 0;
  for_each_row(
      (session.prepare << "SELECT d.version, " + std::string(kDeliveryState) +
                              " AS shown, COUNT(*) FROM gateway_deliveries d LEFT JOIN "
                              "gateways g ON g.id = d.gateway WHERE d.tenant = :tenant AND "
                              "d.version BETWEEN :low AND :high GROUP BY d.version, shown",
       soci::into(version), soci::into(state), soci::into(count), soci::use(tenant, "tenant"),
       soci::use(from, "low"), soci::use(to, "high")),
      [&] { counts[version][state] = count; });
  return counts;
}

struct GatewayDeliveryRow {
  std::string gateway, name, group, state, reason_code, reason, mistakes, console;
  std::int64_t seen_at = 0;
  std::int64_t apply_ms = 0;
  std::int64_t changed_at = 0;
};

/// What the console stored of a gateway's report, as Mistakes: those have a pointer.
Json mistakes_json(const std::string& stored) {
  Json mistakes = Json::parse(stored, nullptr, false);
  if (!mistakes.is_array()) return Json::array();
  for (Json& mistake : mistakes)
    if (mistake.is_object() && !mistake.contains("pointer")) mistake["pointer"] = "";
  return mistakes;
}

Json json_of(const GatewayDeliveryRow& row, std::int64_t now) {
  Json json{{"gateway", row.gateway},
            {"name", row.name},
            {"group", row.group},
            {"state", row.state},
            {"online", is_online(row.console, row.seen_at, now)},
            {"changed_at", row.changed_at}};
  if (!row.reason_code.empty()) json["reason_code"] = row.reason_code;
  if (!row.reason.empty()) json["reason"] = row.reason;
  if (const Json mistakes = mistakes_json(row.mistakes); !mistakes.empty())
    json["mistakes"] = mistakes;
  if (row.apply_ms > 0) json["apply_ms"] = row.apply_ms;
  return json;
}

Json gateways_json(Session& session, const std::string& tenant, std::int64_t version,
                   std::int64_t now) {
  Json list = Json::array();
  GatewayDeliveryRow row;
  for_each_row(
      (session.prepare << "SELECT d.gateway, d.gateway_name, d.group_name, " +
                              std::string(kDeliveryState) +
                              ", d.reason_code, d.reason, d.mistakes, COALESCE(g.console, ''), "
                              "COALESCE(g.seen_at, 0), d.apply_ms, d.changed_at "
                              "FROM gateway_deliveries d LEFT JOIN gateways g ON g.id = d.gateway "
                              "WHERE d.tenant = :tenant AND d.version = :version "
                              "ORDER BY d.gateway_name",
       soci::into(row.gateway), soci::into(row.name), soci::into(row.group), soci::into(row.state),
       soci::into(row.reason_code), soci::into(row.reason), soci::into(row.mistakes),
       soci::into(row.console), soci::into(row.seen_at), soci::into(row.apply_ms),
       soci::into(row.changed_at), soci::use(tenant, "tenant"), soci::use(version, "version")),
      [&] { list.push_back(json_of(row, now)); });
  return list;
}

Json whole_delivery(Session& session, const Services& services, const std::string& tenant,
                    const DeliveryRow& row) {
  Json json = delivery_json(row, states_of(session, tenant, row.version, row.version)[row.version]);
  json["gateways"] = gateways_json(session, tenant, row.version, services.now());
  return json;
}

std::int64_t lock_newest_version(Session& session, Services& services, const std::string& tenant) {
  std::int64_t version = 0;
  session << "SELECT delivered_version FROM tenants WHERE id = :tenant" +
                 std::string(services.database().for_update()),
      soci::into(version), soci::use(tenant, "tenant");
  return version;
}

/// Gateways that want a delivery although no draft has changed: moved to another group, or failed.
std::int64_t unserved_gateways(Session& session, const std::string& tenant) {
  std::int64_t count = 0;
  session
      << "SELECT COUNT(*) FROM gateways g LEFT JOIN gateway_deliveries d ON d.tenant = g.tenant "
         "AND d.version = g.desired_version AND d.gateway = g.id WHERE g.tenant = :tenant AND "
         "g.state <> 'revoked' AND (g.delivered_group <> g.group_id OR d.state IS NULL OR "
         "d.state = 'failed')",
      soci::into(count), soci::use(tenant, "tenant");
  return count;
}

void check_policies(Services& services, const std::vector<GroupRow>& groups) {
  Json mistakes = Json::array();
  std::string names;
  for (const GroupRow& group : groups) {
    if (services.policies.get(group.policy_hash, group.policy)) continue;
    names += (names.empty() ? "" : ", ") + group.name;
    for (Json& mistake : check_policy(Json::parse(group.policy)).mistakes) {
      mistake["group"] = group.name;
      mistakes.push_back(std::move(mistake));
    }
  }
  if (!names.empty())
    throw Refusal(422, "invalid_policy", "there are mistakes in the draft of " + names)
        .with("mistakes", std::move(mistakes));
}

/// The version, its policies and the drafts' state; locked by the caller.
void store_version(Session& session, const std::string& tenant, const DeliveryRow& row) {
  session << "UPDATE tenants SET delivered_version = :version WHERE id = :tenant",
      soci::use(row.version, "version"), soci::use(tenant, "tenant");
  session << "INSERT INTO deliveries (tenant, version, created_at, created_by, comment) VALUES "
             "(:tenant, :version, :now, :login, :comment)",
      soci::use(tenant, "tenant"), soci::use(row.version, "version"),
      soci::use(row.created_at, "now"), soci::use(row.created_by, "login"),
      soci::use(row.comment, "comment");
  session << "INSERT INTO delivered_policies (tenant, version, group_id, group_name, policy, "
             "policy_hash) SELECT tenant, CAST(:version AS BIGINT), id, name, policy, policy_hash "
             "FROM gateway_groups WHERE tenant = :tenant",
      soci::use(row.version, "version"), soci::use(tenant, "tenant");
  session << "UPDATE gateway_groups SET delivered_hash = policy_hash WHERE tenant = :tenant",
      soci::use(tenant, "tenant");
}

/// Every gateway's part of it; what is still on its way of older versions is superseded.
void send_to_gateways(Session& session, const std::string& tenant, const DeliveryRow& row) {
  session << "UPDATE gateway_deliveries SET state = 'superseded', changed_at = :now WHERE tenant = "
             ":tenant AND state = 'delivering'",
      soci::use(row.created_at, "now"), soci::use(tenant, "tenant");
  session << "INSERT INTO gateway_deliveries (tenant, version, gateway, gateway_name, group_id, "
             "group_name, state, changed_at) SELECT g.tenant, CAST(:version AS BIGINT), g.id, "
             "g.name, g.group_id, p.name, 'delivering', CAST(:now AS BIGINT) FROM gateways g JOIN "
             "gateway_groups p ON p.id = g.group_id WHERE g.tenant = :tenant AND g.state <> "
             "'revoked'",
      soci::use(row.version, "version"), soci::use(row.created_at, "now"),
      soci::use(tenant, "tenant");
  session << "UPDATE gateways SET desired_version = :version, delivered_group = group_id WHERE "
             "tenant = :tenant AND state <> 'revoked'",
      soci::use(row.version, "version"), soci::use(tenant, "tenant");
  notify_tenant(session, tenant);
}

http::Response deliver_all(Services& services, const Call& call) {
  const std::string& tenant = call.tenant();
  return services.database().write([&](Session& session) {
    DeliveryRow row;
    row.version = lock_newest_version(session, services, tenant) + 1;
    row.created_at = services.now();
    row.created_by = call.user().login;
    row.comment = call.body.value("comment", "");
    const auto groups = groups_of(session, services, tenant, Rows::lock);
    check_revisions(groups, call.body["revisions"],
                    [](const GroupRow& group) { return group.pending(); });
    const bool changed = std::any_of(groups.begin(), groups.end(),
                                     [](const GroupRow& group) { return group.pending(); });
    if (!changed && unserved_gateways(session, tenant) == 0)
      throw Refusal(422, "nothing_to_deliver",
                    "every gateway has all drafts, or they are on the way");
    check_policies(services, groups);
    store_version(session, tenant, row);
    send_to_gateways(session, tenant, row);
    audit(session, services, call, "version " + std::to_string(row.version), row.comment);
    return json_response(201, whole_delivery(session, services, tenant, row));
  });
}

http::Response list_deliveries(Services& services, const Call& call) {
  const auto before = call.number("before", kAnyVersion);
  const auto limit = call.number("limit", 100);
  return services.database().read([&](Session& session) {
    std::vector<DeliveryRow> rows;
    DeliveryRow row;
    for_each_row(
        (session.prepare << "SELECT version, created_at, created_by, comment FROM deliveries WHERE "
                            "tenant = :tenant AND version < :before ORDER BY version DESC LIMIT " +
                                std::to_string(limit),
         soci::into(row.version), soci::into(row.created_at), soci::into(row.created_by),
         soci::into(row.comment), soci::use(call.tenant(), "tenant"), soci::use(before, "before")),
        [&] { rows.push_back(row); });
    Json list = Json::array();
    if (!rows.empty()) {
      auto counts = states_of(session, call.tenant(), rows.back().version, rows.front().version);
      for (const auto& delivery : rows)
        list.push_back(delivery_json(delivery, counts[delivery.version]));
    }
    return json_response(200, {{"deliveries", list}});
  });
}

http::Response get_delivery(Services& services, const Call& call) {
  DeliveryRow row;
  row.version = call.number("version", 0);
  return services.database().read([&](Session& session) {
    if (!first_row((session.prepare << "SELECT created_at, created_by, comment FROM deliveries "
                                       "WHERE tenant = :tenant AND version = :version",
                    soci::into(row.created_at), soci::into(row.created_by), soci::into(row.comment),
                    soci::use(call.tenant(), "tenant"), soci::use(row.version, "version"))))
      throw not_found("there is no such version");
    return json_response(200, whole_delivery(session, services, call.tenant(), row));
  });
}

}  // namespace

void add_delivery_handlers(Handlers& handlers) {
  handlers["deliverAll"] = deliver_all;
  handlers["listDeliveries"] = list_deliveries;
  handlers["getDelivery"] = get_delivery;
}

}  // namespace sekisho::console
